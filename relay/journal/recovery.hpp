// What a start finds on disk, and makes good: empty segments are removed, the torn tail of the
// newest one is set aside and cut off. Runs before the journal's threads begin.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/segment.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>

namespace relay::journal {

struct recovered {
    std::deque<segment> segments;   // ascending, sealed
    sequence newest = 0;            // no record and no cursor is above it
    std::uint64_t points = 0;       // of all records ever
    std::uint64_t next_number = 1;  // of a segment
};

/// @param span_max how much older the end of one segment can make its predecessor: the stamps are
/// a wall clock's, which may have jumped
[[nodiscard]] recovered recover(disk& on, const std::filesystem::path& directory, steady_time now,
                                std::chrono::nanoseconds span_max, journal_counters& counters,
                                log& log);

}  // namespace relay::journal
