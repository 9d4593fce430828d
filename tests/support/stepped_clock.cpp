// A wall clock that somebody sets, for a real daemon: LD_PRELOAD puts this in front of libc's.
//
//   RELAY_CLOCK_STEP=FILE    while FILE exists, CLOCK_REALTIME is ahead by the seconds it holds,
//                            which may be negative; every other clock is the kernel's own
//
// FILE is made by renaming, so it is never seen half written. Nothing is kept: any thread.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// The seconds that the trigger asks for; 0 where there is none.
long asked_seconds() {
    const char* trigger = std::getenv("RELAY_CLOCK_STEP");
    if (trigger == nullptr) return 0;
    const int error = errno;
    std::FILE* file = std::fopen(trigger, "re");
    errno = error;
    if (file == nullptr) return 0;
    char text[32] = {};
    const bool is_read = std::fgets(text, sizeof text, file) != nullptr;
    std::fclose(file);
    return is_read ? std::strtol(text, nullptr, 10) : 0;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
    const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
    if (result == 0 && clock == CLOCK_REALTIME) now->tv_sec += asked_seconds();
    return result;
}
