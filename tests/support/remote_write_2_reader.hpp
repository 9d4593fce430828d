// A scripted receiver of remote write 2.0: reads a request with libsnappy and libprotobuf, and
// finds whatever the specification forbids a sender. Nothing of the relay's own code is in it.
#pragma once

#include "tests/support/remote_write_reader.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::test_support {

struct read_series_2 {
    read_series series;
    int type = 0;  // of its metadata, as the specification numbers them
    std::string help;
    std::string unit;
    bool has_metadata = false;
    std::vector<std::int64_t> start_times_ms;  // of its samples
};

struct read_request_2 {
    /// The first thing that is wrong, as a sentence; empty where nothing is.
    std::string problem;
    std::vector<std::string> symbols;
    std::vector<read_series_2> series;

    /// As 1.0 would say it.
    [[nodiscard]] std::vector<read_series> plain() const;
};

[[nodiscard]] read_request_2 read_write_request_2(std::string_view bytes);

/// From a body in snappy's block format.
[[nodiscard]] read_request_2 read_remote_write_2_body(std::string_view body);

}  // namespace relay::test_support
