// What the catalog knows of one segment. A value.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/journal/record.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace relay::journal {

struct segment {
    std::uint64_t number = 0;
    std::filesystem::path path;
    sequence first = 0;       // 0: no record yet
    sequence last = 0;        // where recovery has not read that far: one before the next segment
    std::uint64_t bytes = 0;  // the published end
    std::int64_t first_appended_ns = 0;
    std::int64_t last_appended_ns = 0;
    std::uint64_t points_before = 0;  // of all records before `first`
    std::uint64_t points_after = 0;   // of all records up to `last`
    bool sealed = false;
    /// When its last record was appended, on the steady clock: a wall clock that jumps cannot
    /// make it old.
    steady_time closed_at{};
    std::uint64_t damage_counted_to = 0;  // damage before this offset is in the counters
};

enum class removal_reason : std::uint8_t { delivered, max_bytes, max_age, disk_full, asked_for };

/// "max_bytes" …: a label and a word of the status page.
[[nodiscard]] std::string_view to_string(removal_reason why) noexcept;

/// A segment that left the catalog; its file is the caller's to unlink.
struct removal {
    segment gone;
    removal_reason reason{};
    bool was_owed = false;  // by a sink: what it held is to be accounted for before it goes
};

}  // namespace relay::journal
