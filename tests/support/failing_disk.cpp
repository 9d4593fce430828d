// A disk that refuses to be written, for a real daemon: LD_PRELOAD puts these in front of libc's.
//
//   RELAY_FAILING_DISK=FILE    while FILE exists, pwrite and fallocate fail with the errno that it
//                              holds (28: the disk is full, 5: it is broken)
//
// FILE is made by renaming, so it is never seen half written. Nothing is kept: any thread.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

/// The errno that the trigger asks for; 0 where there is none.
int asked_errno() {
    const char* trigger = std::getenv("RELAY_FAILING_DISK");
    if (trigger == nullptr) return 0;
    const int error = errno;
    std::FILE* file = std::fopen(trigger, "re");
    errno = error;
    if (file == nullptr) return 0;
    char text[32] = {};
    const bool is_read = std::fgets(text, sizeof text, file) != nullptr;
    std::fclose(file);
    return is_read ? static_cast<int>(std::strtol(text, nullptr, 10)) : 0;
}

/// The system call, unless it is to fail.
template <class... Arguments>
long attempt(long number, Arguments... arguments) {
    if (const int error = asked_errno()) {
        errno = error;
        return -1;
    }
    return ::syscall(number, arguments...);
}

}  // namespace

extern "C" ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
    return attempt(SYS_pwrite64, fd, bytes, count, offset);
}

extern "C" ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
    return attempt(SYS_pwrite64, fd, bytes, count, offset);
}

extern "C" int fallocate(int fd, int mode, off_t offset, off_t bytes) {
    return static_cast<int>(attempt(SYS_fallocate, fd, mode, offset, bytes));
}

extern "C" int fallocate64(int fd, int mode, off64_t offset, off64_t bytes) {
    return static_cast<int>(attempt(SYS_fallocate, fd, mode, offset, bytes));
}
