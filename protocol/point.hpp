// A point of line protocol: measurement, tags, fields, time. All of it is views, unescaped; who
// owns the bytes is said where a point is handed out. Never crosses a thread.
#pragma once

#include "protocol/field_value.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace relay::protocol {

struct tag {
    std::string_view key;
    std::string_view value;
    bool operator==(const tag&) const = default;
};

struct field {
    std::string_view key;
    field_value value;
    bool operator==(const field&) const = default;
};

struct point {
    std::string_view measurement;
    std::span<tag> tags;      // in the order sent; keys are unique
    std::span<field> fields;  // in the order sent, at least one; a key may repeat
    /// Nanoseconds since 1970-01-01 UTC; none where the sender left it to us.
    std::optional<std::int64_t> time_ns;
};

}  // namespace relay::protocol
