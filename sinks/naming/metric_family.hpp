// What a naming says of a metric: its metadata, as values. For remote write, the scrape page and
// docs/naming.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

enum class metric_type : std::uint8_t { untyped, gauge, counter, info, state_set };

/// As OpenMetrics has it; the text format of Prometheus knows an info and a state set as a gauge.
[[nodiscard]] std::string_view to_string(metric_type type) noexcept;

struct metric_family {
    std::string name;
    metric_type type = metric_type::untyped;
    std::string_view unit;  // base unit: bytes, seconds, ratio; empty: a count, or none
    std::string help;       // a sentence
    // For documents:
    std::string labels;  // beside job, instance and what the operator adds; "cluster, node, vmid"
    std::vector<std::string> sources;  // "system.cpu"
    std::string absent;                // when it is missing; empty: never
    bool by_default = true;            // false: only where an option asks for it
};

/// Sorted by name, which is there once.
using metric_families = std::vector<metric_family>;

/// The one of that name, or null.
[[nodiscard]] const metric_family* find_family(const metric_families& in,
                                               std::string_view name) noexcept;

}  // namespace relay::sinks
