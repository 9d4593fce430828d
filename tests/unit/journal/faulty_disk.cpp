#include "tests/unit/journal/faulty_disk.hpp"

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace relay::journal::tests {
namespace {

std::string content_of(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream all;
    all << in.rdbuf();
    return std::move(all).str();
}

void replace_content(const std::filesystem::path& path, const std::string& content) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

}  // namespace

std::filesystem::path faulty_disk::path_of(int fd) const {
    return std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd));
}

expected<unique_fd, std::error_code> faulty_disk::open(const std::filesystem::path& path,
                                                       int flags) {
    const std::lock_guard guard(mutex_);
    const bool existed = std::filesystem::exists(path);
    if (open_error_ && !existed && (flags & O_CREAT) != 0) return unexpected(open_error_);
    auto opened = system_disk::open(path, flags);
    if (opened && !existed) new_names_.insert(path);
    // What stood there before the first sight of it had been synced by an earlier run.
    if (opened && existed && !synced_.contains(path)) synced_[path] = content_of(path);
    return opened;
}

expected<std::size_t, std::error_code> faulty_disk::write_at(int fd, std::string_view bytes,
                                                             std::uint64_t offset) {
    const std::lock_guard guard(mutex_);
    if (write_error_) return unexpected(write_error_);
    if (is_segment(path_of(fd))) {
        if (short_write_) {
            bytes = bytes.substr(0, *short_write_);
            short_write_.reset();
        } else if (free_bytes_) {
            if (*free_bytes_ == 0) {
                return unexpected(make_error_code(std::errc::no_space_on_device));
            }
            bytes = bytes.substr(0, *free_bytes_);
            *free_bytes_ -= bytes.size();
        }
    }
    return system_disk::write_at(fd, bytes, offset);
}

std::error_code faulty_disk::sync(int fd) {
    std::unique_lock lock(mutex_);
    const auto path = path_of(fd);
    if (is_segment(path)) {
        ++in_sync_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !hanging_; });
        --in_sync_;
    }
    if (sync_error_) return sync_error_;
    if (fail_one_sync_ && is_segment(path)) {
        fail_one_sync_ = false;
        // As Linux does: the pages are clean now, and their content is gone with the memory.
        replace_content(path, synced_[path]);
        return make_error_code(std::errc::io_error);
    }
    synced_[path] = content_of(path);
    if (path.extension() == ".cursor") {
        ++cursor_syncs_;
        changed_.notify_all();
    }
    return {};
}

std::error_code faulty_disk::cut(int fd, std::uint64_t bytes) {
    const std::lock_guard guard(mutex_);
    if (cut_error_) return cut_error_;
    if (free_bytes_) {
        const auto size = std::filesystem::file_size("/proc/self/fd/" + std::to_string(fd));
        if (size > bytes) *free_bytes_ += size - bytes;
    }
    return system_disk::cut(fd, bytes);
}

std::error_code faulty_disk::remove(const std::filesystem::path& path) {
    const std::lock_guard guard(mutex_);
    std::error_code ignored;
    if (remove_error_ && is_segment(path)) return remove_error_;
    if (free_bytes_ && !frees_nothing_) *free_bytes_ += std::filesystem::file_size(path, ignored);
    const auto error = system_disk::remove(path);
    if (!error && is_segment(path)) ++removed_;
    synced_.erase(path);
    new_names_.erase(path);
    changed_.notify_all();
    return error;
}

std::error_code faulty_disk::sync_directory(const std::filesystem::path& path) {
    const std::lock_guard guard(mutex_);
    if (sync_error_) return sync_error_;
    const auto error = system_disk::sync_directory(path);
    if (!error) new_names_.clear();
    return error;
}

void faulty_disk::cut_power() {
    const std::lock_guard guard(mutex_);
    for (const auto& path : new_names_)
        std::filesystem::remove(path);
    std::set<std::filesystem::path> directories;
    for (const auto& [path, content] : synced_) {
        if (std::filesystem::exists(path)) replace_content(path, content);
        directories.insert(path.parent_path());
    }
    for (const auto& directory : directories) {
        for (const auto& entry : std::filesystem::directory_iterator(directory)) {
            const auto& path = entry.path();
            if (is_segment(path) && !synced_.contains(path)) replace_content(path, "");
        }
    }
    new_names_.clear();
}

}  // namespace relay::journal::tests
