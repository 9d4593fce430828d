// Which part of a journal is meant: a span of the points' own time, a lane, or what one sink does
// not have yet. Pure.
#pragma once

#include "relay/journal/cursor.hpp"
#include "relay/journal/record.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace relay::journal {

/// Whether a sink at this position still needs the record.
[[nodiscard]] bool owes(const cursor& position, sequence which) noexcept;

struct selection {
    std::int64_t from_ns = std::numeric_limits<std::int64_t>::min();
    std::int64_t to_ns = std::numeric_limits<std::int64_t>::max();  // not included
    std::optional<std::string> cluster, bucket, tenant;
    std::optional<cursor> position;  // of a sink: only what it does not have

    /// Whether the record may hold anything of it.
    [[nodiscard]] bool touches(const record_header& header) const noexcept;
    /// Whether all lines of a record that it touches are of it.
    [[nodiscard]] bool holds_whole(const record_header& header) const noexcept;
    /// Appends the lines of such a record's text that are of it. @returns how many.
    std::uint64_t append_lines(std::string_view text, std::string& out) const;
};

/// "lab", "lab/proxmox", "lab/proxmox/team-a"; an empty part between or before slashes is any.
void set_lane(selection& of, std::string_view text);

}  // namespace relay::journal
