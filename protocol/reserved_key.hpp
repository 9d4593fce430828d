// Keys that InfluxDB keeps for itself.
#pragma once

#include <string_view>

namespace relay::protocol {

/// InfluxDB 2 refuses a line with such a tag (models/points.go, walkTags); InfluxDB 1 its `time`.
[[nodiscard]] constexpr bool is_reserved_tag_key(std::string_view key) noexcept {
    return key == "time" || key == "_field" || key == "_measurement";
}

/// InfluxDB 1 and 2 store the line without such a field and say nothing (tsdb/shard.go); in
/// InfluxDB 3 it is the name of the time column.
[[nodiscard]] constexpr bool is_reserved_field_key(std::string_view key) noexcept {
    return key == "time";
}

}  // namespace relay::protocol
