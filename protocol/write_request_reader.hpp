// A remote write request read back: what a receiver sees in the body that write_request made. For
// people to look at; nothing on the data's way needs it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {

struct seen_sample {
    std::string series;  // name{a="1",b="2"}, values escaped as Prometheus writes them
    double value = 0;
    std::int64_t time_ms = 0;
    bool operator==(const seen_sample&) const = default;
};

/// @param body a WriteRequest in snappy's block format
/// @returns its samples in order, or nothing where it is none
[[nodiscard]] std::optional<std::vector<seen_sample>> read_write_request(std::string_view body);

}  // namespace relay::protocol
