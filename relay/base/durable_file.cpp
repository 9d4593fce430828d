#include "relay/base/durable_file.hpp"

#include "relay/base/unique_fd.hpp"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace relay {
namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

}  // namespace

std::error_code write_all(int fd, std::string_view content) {
    while (!content.empty()) {
        const auto written = ::write(fd, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return last_error();
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

std::error_code sync_directory(const std::filesystem::path& directory) {
    const unique_fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::fsync(fd.get()) != 0) return last_error();
    return {};
}

std::error_code replace_file(const std::filesystem::path& path, std::string_view content) {
    auto temporary = path;
    temporary += ".new";
    std::error_code error;
    {
        const unique_fd fd(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!fd) return last_error();
        error = write_all(fd.get(), content);
        if (!error && ::fdatasync(fd.get()) != 0) error = last_error();
    }
    if (!error && ::rename(temporary.c_str(), path.c_str()) != 0) error = last_error();
    if (error) {
        ::unlink(temporary.c_str());
        return error;
    }
    return sync_directory(path.parent_path());
}

}  // namespace relay
