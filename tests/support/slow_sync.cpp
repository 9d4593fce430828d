// A disk whose sync hangs, for a real daemon: LD_PRELOAD puts these in front of libc's.
//
//   RELAY_SLOW_SYNC=FILE    each time FILE is made, the next sync removes it and then hangs for
//                           as many milliseconds as it held; until then syncs are the kernel's own.
//                           A second number is the errno with which that sync fails
//
// That FILE is gone tells the test that the hang has begun. Nothing is kept: any thread.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct trouble {
    long milliseconds = 0;
    int error = 0;
};

/// What the trigger asks for; nothing where there is none or another thread took it.
trouble asked() {
    const char* trigger = std::getenv("RELAY_SLOW_SYNC");
    if (trigger == nullptr) return {};
    std::FILE* file = std::fopen(trigger, "re");
    if (file == nullptr) return {};
    char text[32] = {};
    const bool is_read = std::fgets(text, sizeof text, file) != nullptr;
    std::fclose(file);
    if (!is_read || ::unlink(trigger) != 0) return {};
    char* rest = nullptr;
    const long milliseconds = std::strtol(text, &rest, 10);
    return {milliseconds, static_cast<int>(std::strtol(rest, nullptr, 10))};
}

/// The system call, after what was asked for.
int sync_as_asked(long number, int fd) {
    const int error = errno;
    const trouble wanted = asked();
    timespec left{.tv_sec = wanted.milliseconds / 1000,
                  .tv_nsec = wanted.milliseconds % 1000 * 1'000'000};
    while (wanted.milliseconds > 0 && ::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    errno = wanted.error != 0 ? wanted.error : error;
    return wanted.error != 0 ? -1 : static_cast<int>(::syscall(number, fd));
}

}  // namespace

extern "C" int fdatasync(int fd) {
    return sync_as_asked(SYS_fdatasync, fd);
}

extern "C" int fsync(int fd) {
    return sync_as_asked(SYS_fsync, fd);
}
