// What remote write says of a metric beside its samples.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::protocol {

/// The numbers are those of both versions: MetricMetadata.MetricType of 1.0 and
/// Metadata.MetricType of 2.0.
enum class metric_type_number : std::uint8_t {
    unknown = 0,
    counter = 1,
    gauge = 2,
    info = 6,
    state_set = 7,
};

struct metric_metadata {
    std::string_view metric;
    metric_type_number type = metric_type_number::unknown;
    std::string_view help;
    std::string_view unit;
};

/// Of help and unit together.
inline constexpr std::size_t metadata_text_max = 2048;

}  // namespace relay::protocol
