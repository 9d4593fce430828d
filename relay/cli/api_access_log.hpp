// Who asked the simulated API for what, as a file with one JSON object per line, so that a test can
// count: how often, at which node, and whether two requests were under way there at once.
//
//     {"time":1755785270.123,"cluster":"cluster1","node":"pve1","method":"GET",
//      "path":"/api2/json/version","status":200,"concurrent":1,"delay_ms":5,"bytes":92}
//
// `concurrent` counts the request itself. Whatever is not GET has "forbidden":true. Thread-safe.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/base/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace relay::cli {

struct api_access {
    std::string_view cluster, node, method, path;
    int status = 0;  // 0: no answer
    int concurrent = 1;
    std::chrono::milliseconds delay{0};
    std::size_t bytes = 0;
};

class api_access_log {
public:
    /// Without a path nothing is written.
    api_access_log() = default;
    [[nodiscard]] static expected<api_access_log, std::string> open(
        const std::filesystem::path& path);

    void add(const api_access& it) const;

private:
    unique_fd fd_;
};

}  // namespace relay::cli
