#include "relay/journal/disk.hpp"

#include "relay/base/durable_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace relay::journal {
namespace {

std::error_code result_of(int returned) {
    if (returned == 0) return {};
    return {errno, std::generic_category()};
}

template <class Call>
auto uninterrupted(Call call) {
    for (;;) {
        const auto result = call();
        if (result >= 0 || errno != EINTR) return result;
    }
}

}  // namespace

expected<unique_fd, std::error_code> system_disk::open(const std::filesystem::path& path,
                                                       int flags) {
    const auto fd = uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0640); });
    if (fd < 0) return unexpected(result_of(fd));
    return unique_fd(fd);
}

expected<std::size_t, std::error_code> system_disk::write_at(int fd, std::string_view bytes,
                                                             std::uint64_t offset) {
    const auto written = uninterrupted(
        [&] { return ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (written < 0) return unexpected(result_of(-1));
    return static_cast<std::size_t>(written);
}

std::error_code system_disk::sync(int fd) {
    return result_of(uninterrupted([fd] { return ::fdatasync(fd); }));
}

std::error_code system_disk::reserve(int fd, std::uint64_t bytes) {
    return result_of(uninterrupted(
        [&] { return ::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)); }));
}

std::error_code system_disk::cut(int fd, std::uint64_t bytes) {
    return result_of(uninterrupted([&] { return ::ftruncate(fd, static_cast<off_t>(bytes)); }));
}

std::error_code system_disk::remove(const std::filesystem::path& path) {
    return result_of(::unlink(path.c_str()));
}

std::error_code system_disk::sync_directory(const std::filesystem::path& path) {
    return relay::sync_directory(path);
}

bool is_full(std::error_code error) noexcept {
    return error == std::errc::no_space_on_device || error.value() == EDQUOT;
}

}  // namespace relay::journal
