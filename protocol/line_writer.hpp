// Points to line protocol: the inverse of line_parser. What it writes is read alike by InfluxDB 1,
// 2 and 3, Telegraf and VictoriaMetrics (docs/line-protocol.md). No value is rounded; spellings of
// numbers that InfluxDB 3 refuses are mended (.5 becomes 0.5). A newline in a string is written as
// a backslash and an n, because a raw one would make VictoriaMetrics read text as a line.
#pragma once

#include "protocol/point.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::protocol {

/// A point that our parser accepted can always be written. These append one part each to `out`,
/// escaped, in the order measurement, tags (each with its comma), fields, time with the newline.
void append_measurement(std::string& out, std::string_view name);
void append_tag(std::string& out, std::string_view key, std::string_view value);

enum class field_position : std::uint8_t { first, later };
void append_field(std::string& out, std::string_view key, const field_value& value,
                  field_position position);
void append_time(std::string& out, std::int64_t time_ns);

/// Whether every store would read the written point as it is: at least one field, names that are
/// not empty nor reserved and hold no control character and no backslash that two stores read
/// differently, valid UTF-8, spellings that the parser takes. Points made by the parser always are.
[[nodiscard]] bool is_writable(const point& point) noexcept;

/// The whole line with its newline; without a time where the point has none.
/// @pre is_writable(point)
void append_line(std::string& out, const point& point);

}  // namespace relay::protocol
