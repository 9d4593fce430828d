// What a journal holds, by headers alone: its segments, and what each sink does not have yet. For
// an observer, as journal_walk; a number per record is all that is read.
#pragma once

#include "relay/journal/cursor.hpp"
#include "relay/journal/journal_walk.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace relay::journal {

/// Some records, added up.
struct tally {
    std::uint64_t records = 0;
    std::uint64_t points = 0;
    std::uint64_t bytes = 0;  // of members
    sequence first = 0;       // 0: none
    sequence last = 0;
    std::int64_t oldest_ns = 0;  // of points
    std::int64_t newest_ns = 0;
    std::int64_t oldest_appended_ns = 0;
    std::int64_t newest_appended_ns = 0;

    void add(const record_header& header) noexcept;
};

struct segment_overview {
    segment_on_disk file;
    tally records;
};

struct sink_overview {
    std::string name;
    std::filesystem::path file;
    cursor position;
    tally owed;
};

struct overview {
    std::vector<segment_overview> segments;  // those that hold anything, oldest first
    std::vector<sink_overview> sinks;        // by name; those whose cursor can be read
    std::vector<cursor_on_disk> damaged_cursors;
    tally all;
    std::vector<finding> findings;
};

using walk_progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

[[nodiscard]] overview look_over(const std::filesystem::path& directory,
                                 const walk_progress& progress = {});

/// The segments, oldest first, that hold nothing at or after `before_ns`: what a purge may take.
/// It ends at the first that does, so that nothing is taken from the middle.
[[nodiscard]] std::vector<segment_overview> entirely_before(const overview& of,
                                                            std::int64_t before_ns);

}  // namespace relay::journal
