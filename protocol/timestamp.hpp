// The timestamp at the end of a line: an integer in the unit that the sender chose.
#pragma once

#include "protocol/parse_error.hpp"
#include "relay/base/expected.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

namespace relay::protocol {

/// The range that InfluxDB 1 and 2 keep: they use the three values beyond it as marks of their own
/// (models/time.go, MinNanoTime and MaxNanoTime).
inline constexpr std::int64_t time_ns_min = std::numeric_limits<std::int64_t>::min() + 2;
inline constexpr std::int64_t time_ns_max = std::numeric_limits<std::int64_t>::max() - 1;

/// Reads -?[0-9]+, with any number of leading zeros, as a count of `unit_ns` nanoseconds.
/// @returns nanoseconds; invalid_timestamp or timestamp_out_of_range.
[[nodiscard]] expected<std::int64_t, parse_errc> read_timestamp(std::string_view text,
                                                                std::int64_t unit_ns) noexcept;

}  // namespace relay::protocol
