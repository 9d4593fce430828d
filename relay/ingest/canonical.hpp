// A point as the journal keeps it: tags sorted by key, the lane's constant tags among them,
// numbers as they were sent, time in nanoseconds.
#pragma once

#include "protocol/point.hpp"
#include "relay/ingest/constant_tags.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::ingest {

/// Sorts tags by key, bytewise, in place. Proxmox Backup Server sends them in a random order, and
/// a store that takes the text for the series' name would see a new series each time.
void sort_tags(protocol::point& point) noexcept;

struct canonical_line {
    std::size_t key_bytes = 0;      // of measurement and tags, as written
    std::size_t replaced_tags = 0;  // of the sender, whose key is a constant tag's
};

/// Appends the line with its newline. A constant tag replaces the sender's of the same key: who
/// could send `cluster` could write into another's series.
/// @param input the text that the parser read the point from
/// @pre the point's tags are sorted
canonical_line append_canonical(std::string& out, const protocol::point& point,
                                std::string_view input, const constant_tags& constants,
                                std::int64_t time_ns);

}  // namespace relay::ingest
