// The system calls on which durability hangs, one method each, so that a test can let any of them
// fail, hang, or forget what was not synced. Thread-safe: the append, sync and delivery threads
// call it side by side.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace relay::journal {

class disk {
public:
    virtual ~disk() = default;

    /// open(2) with O_CLOEXEC and mode 0640.
    [[nodiscard]] virtual expected<unique_fd, std::error_code> open(
        const std::filesystem::path& path, int flags) = 0;
    /// pwrite(2), again after an interruption. May take fewer bytes than it was given.
    [[nodiscard]] virtual expected<std::size_t, std::error_code> write_at(int fd,
                                                                          std::string_view bytes,
                                                                          std::uint64_t offset) = 0;
    /// fdatasync(2): content and size of the file are on disk.
    [[nodiscard]] virtual std::error_code sync(int fd) = 0;
    /// fallocate(2) with FALLOC_FL_KEEP_SIZE: room for the first `bytes` of the file.
    [[nodiscard]] virtual std::error_code reserve(int fd, std::uint64_t bytes) = 0;
    /// ftruncate(2). Also gives back what was reserved beyond.
    [[nodiscard]] virtual std::error_code cut(int fd, std::uint64_t bytes) = 0;
    /// unlink(2).
    [[nodiscard]] virtual std::error_code remove(const std::filesystem::path& path) = 0;
    /// fsync(2) of a directory: the names in it are on disk.
    [[nodiscard]] virtual std::error_code sync_directory(const std::filesystem::path& path) = 0;
};

/// The machine's.
class system_disk : public disk {
public:
    [[nodiscard]] expected<unique_fd, std::error_code> open(const std::filesystem::path& path,
                                                            int flags) override;
    [[nodiscard]] expected<std::size_t, std::error_code> write_at(int fd, std::string_view bytes,
                                                                  std::uint64_t offset) override;
    [[nodiscard]] std::error_code sync(int fd) override;
    [[nodiscard]] std::error_code reserve(int fd, std::uint64_t bytes) override;
    [[nodiscard]] std::error_code cut(int fd, std::uint64_t bytes) override;
    [[nodiscard]] std::error_code remove(const std::filesystem::path& path) override;
    [[nodiscard]] std::error_code sync_directory(const std::filesystem::path& path) override;
};

/// Whether the disk, the quota or the file system's table of files is full.
[[nodiscard]] bool is_full(std::error_code error) noexcept;

}  // namespace relay::journal
