// A disk whose sync hangs, for a real daemon: LD_PRELOAD puts these in front of libc's.
//
//   RELAY_SLOW_SYNC=FILE    each time FILE is made, the next sync removes it and then hangs for
//                           as many milliseconds as it held; until then syncs are the kernel's own
//
// That FILE is gone tells the test that the hang has begun. Nothing is kept: any thread.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// What the trigger asks for; 0 where there is none or another thread took it.
long asked_milliseconds() {
    const char* trigger = std::getenv("RELAY_SLOW_SYNC");
    if (trigger == nullptr) return 0;
    std::FILE* file = std::fopen(trigger, "re");
    if (file == nullptr) return 0;
    char text[32] = {};
    const bool is_read = std::fgets(text, sizeof text, file) != nullptr;
    std::fclose(file);
    if (!is_read || ::unlink(trigger) != 0) return 0;
    return std::strtol(text, nullptr, 10);
}

void hang_if_asked() {
    const int error = errno;
    const long wanted = asked_milliseconds();
    timespec left{.tv_sec = wanted / 1000, .tv_nsec = wanted % 1000 * 1'000'000};
    while (wanted > 0 && ::nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    errno = error;
}

}  // namespace

extern "C" int fdatasync(int fd) {
    hang_if_asked();
    return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

extern "C" int fsync(int fd) {
    hang_if_asked();
    return static_cast<int>(::syscall(SYS_fsync, fd));
}
