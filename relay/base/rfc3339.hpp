// A moment as people and logs write it: "2025-08-21T14:21:10.25Z" (RFC 3339). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

/// In UTC, with as many decimals as the nanoseconds need, in threes.
[[nodiscard]] std::string rfc3339(std::int64_t unix_ns);

/// Reads a date, "2025-08-21" (midnight UTC), or date and time with Z or an offset and up to nine
/// decimals; a space may stand for the T. None where it is none, or beyond the years 1678 … 2261
/// that nanoseconds since 1970 can hold.
[[nodiscard]] std::optional<std::int64_t> parse_rfc3339(std::string_view text);

}  // namespace relay
