// A naming turns a line of line protocol into samples: which metric, which labels, and where the
// value comes from. Numbers it never looks at, so that lines which differ in nothing else are named
// once (named_lines.hpp).
// Each kind of naming is one class behind this interface; a Prometheus sink chooses one or more.
// Pure; owns what its result points into. Not thread-safe.
#pragma once

#include "protocol/point.hpp"
#include "protocol/remote_write.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace relay::sinks {

enum class naming_kind : std::uint8_t { measurement_field };

/// One sample of a line, but for what all of them share: labels and time.
struct named_sample {
    std::uint32_t field = 0;  // index of the field that it comes from
    std::string_view metric;  // [a-zA-Z_:][a-zA-Z0-9_:]*
    protocol::label extra;    // one more label; its name is empty where there is none
    /// Never a NaN. Where there is none: the field's own number, as protocol::to_double() has it.
    std::optional<double> value = {};
};

struct named_line {
    /// Sorted by bytes; names unique, [a-zA-Z_][a-zA-Z0-9_]*, none begins with two underscores;
    /// no value is empty.
    std::vector<protocol::label> labels;
    std::vector<named_sample> samples;  // in the order of their fields
    std::size_t duplicate_labels = 0;   // tags left out because sanitising made their names equal
};

class naming {
public:
    virtual ~naming() = default;

    /// The same lane and the same line, but for its time, its numbers and its booleans, always
    /// give the same result. It holds until the next call, and no longer than the point and the
    /// lane.
    [[nodiscard]] virtual const named_line& name(const protocol::point& point,
                                                 const journal::lane& lane) = 0;
};

}  // namespace relay::sinks
