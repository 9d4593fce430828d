// The open file of a segment, and the names segments go by.
#pragma once

#include "relay/base/unique_fd.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <optional>

namespace relay::journal {

/// Shared: the append thread writes it while the sync thread syncs it, and who comes last closes
/// it, outside of every lock.
struct segment_file {
    std::uint64_t number = 0;
    std::filesystem::path path;
    unique_fd fd;
    /// Whether its name in the directory is on disk.
    std::atomic<bool> name_synced{false};
};

/// "0000000042.lp.gz"
[[nodiscard]] std::filesystem::path segment_name(std::uint64_t number);

/// The number of the segment that a file of this name is, if it is one.
[[nodiscard]] std::optional<std::uint64_t> segment_number(const std::filesystem::path& name);

/// Where recovery keeps what it cut off a segment at `offset`.
[[nodiscard]] std::filesystem::path damaged_name(std::uint64_t number, std::uint64_t offset);

}  // namespace relay::journal
