// A naming turns a line of line protocol into samples: which metric, which labels, and where the
// value comes from. Numbers it never looks at, but for the few that say what a thing is and not how
// much of it: so lines which differ in nothing else are named once (named_lines.hpp).
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

enum class naming_kind : std::uint8_t { measurement_field, proxmox, pve_exporter };

/// As the configuration spells it: "pve-exporter".
[[nodiscard]] std::string_view to_string(naming_kind kind) noexcept;
[[nodiscard]] std::optional<naming_kind> naming_of(std::string_view name) noexcept;

/// One sample of a line, but for what all of them share: labels and time.
struct named_sample {
    std::uint32_t field = 0;  // index of the field that it comes from
    std::string_view metric;  // [a-zA-Z_:][a-zA-Z0-9_:]*
    protocol::label extra;    // one more label; its name is empty where there is none
    /// Never a NaN. Where there is none: the field's own number, as protocol::to_double() has it,
    /// divided by the divisor. Always there where the field is a string.
    std::optional<double> value = {};
    double divisor = 1;  // of a unit's conversion: never 0
    std::uint8_t label_set =
        0;                   // 0: the line's labels; else one more than its index in more_labels
    std::uint8_t claim = 0;  // 0: none; else one more than its index in claims
};

/// Several lines may say the same thing, as every node reports a shared storage: samples that carry
/// a claim are sent while their line is the one that speaks of it (sole_speakers.hpp).
struct claim {
    std::string_view what;              // within the lane's cluster
    std::string_view speaker;           // who says it with this line
    std::uint8_t rank = 0;              // the higher one is heard at once; below 16
    std::uint16_t silence_seconds = 0;  // after which another one of the same or a lower rank is
};

/// Sorted by bytes; names unique, [a-zA-Z_][a-zA-Z0-9_]*, none begins with two underscores; no
/// value is empty.
using sorted_labels = std::vector<protocol::label>;

struct named_line {
    sorted_labels labels;
    std::vector<sorted_labels> more_labels;  // at most 255, of samples with labels of their own
    std::vector<claim> claims;               // at most 8
    std::vector<named_sample> samples;       // in the order of their fields
    /// Fields that are no strings, and whose text what is named depends on all the same.
    std::vector<std::uint32_t> words;
    std::size_t duplicate_labels = 0;  // tags left out because sanitising made their names equal
};

class naming {
public:
    virtual ~naming() = default;

    /// The same lane and the same line, but for its time, its numbers and its booleans, always
    /// give the same result, as far as the words are the same too. It holds until the next call,
    /// and no longer than the point and the lane.
    [[nodiscard]] virtual const named_line& name(const protocol::point& point,
                                                 const journal::lane& lane) = 0;
};

}  // namespace relay::sinks
