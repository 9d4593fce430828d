// What stands in a journal's directory: segments and cursors, as the last writer left them. Looks
// and touches nothing, so it needs no lock and works beside a running relay.
#pragma once

#include "relay/journal/cursor_slot.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace relay::journal {

struct segment_on_disk {
    std::uint64_t number = 0;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
};

/// Ascending by number.
[[nodiscard]] std::vector<segment_on_disk> segments_in(const std::filesystem::path& directory);

struct cursor_on_disk {
    std::filesystem::path path;
    std::vector<cursor_slot> slots;  // the valid ones; the one that counts first
    std::string damage;              // why the last slot that is not valid is none
};

/// By the files' names.
[[nodiscard]] std::vector<cursor_on_disk> cursors_in(const std::filesystem::path& directory);

}  // namespace relay::journal
