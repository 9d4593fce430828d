#include "relay/journal/directory_lock.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace relay::journal {
namespace {

// For the operator only: the lock itself is what counts.
std::string holder(int fd) {
    char text[32] = {};
    const auto got = ::pread(fd, text, sizeof text - 1, 0);
    std::string_view pid(text, got > 0 ? static_cast<std::size_t>(got) : 0);
    pid = pid.substr(0, pid.find_first_not_of("0123456789"));
    return pid.empty() ? std::string("another process") : fmt::format("process {}", pid);
}

}  // namespace

expected<unique_fd, std::string> lock_directory(const std::filesystem::path& directory) {
    const auto path = directory / "lock";
    unique_fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    if (!file) {
        return unexpected(fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            return unexpected(fmt::format("the journal {} is in use by {}", directory.string(),
                                          holder(file.get())));
        }
        return unexpected(fmt::format("cannot lock {}: {}", path.string(), std::strerror(errno)));
    }
    const auto pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(file.get(), 0) == 0) {
        static_cast<void>(::pwrite(file.get(), pid.data(), pid.size(), 0) > 0);
    }
    return file;
}

}  // namespace relay::journal
