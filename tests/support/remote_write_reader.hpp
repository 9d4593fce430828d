// Reads a remote write request the way a receiver does, with libsnappy and libprotobuf: nothing of
// the relay's own code is in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::test_support {

struct read_sample {
    double value = 0;
    std::int64_t time_ms = 0;
    bool operator==(const read_sample&) const = default;
};

struct read_series {
    std::vector<std::pair<std::string, std::string>> labels;  // in the order sent
    std::vector<read_sample> samples;
    bool operator==(const read_series&) const = default;

    /// The value of the label, or empty.
    [[nodiscard]] std::string label(std::string_view name) const;
    /// name{a="1",b="2"}: labels in the order sent, without the name.
    [[nodiscard]] std::string text() const;
};

/// None where the bytes are no WriteRequest, or hold a field that 1.0 does not know or metadata.
[[nodiscard]] std::optional<std::vector<read_series>> read_write_request(std::string_view bytes);

/// A body in snappy's block format, the same.
[[nodiscard]] std::optional<std::vector<read_series>> read_remote_write_body(std::string_view body);

struct read_metadata {
    int type = 0;  // as Prometheus numbers them
    std::string metric;
    std::string help;
    std::string unit;
    bool operator==(const read_metadata&) const = default;
};

/// Of a body that holds metadata and nothing else.
[[nodiscard]] std::optional<std::vector<read_metadata>> read_metadata_body(std::string_view body);

}  // namespace relay::test_support
