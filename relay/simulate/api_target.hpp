// What a request for the API asks for: the words of its path and its parameters, percent-decoded.
// Pure; takes any bytes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::simulate {

struct api_target {
    std::vector<std::string> path;  // "nodes", "pve1", "status"
    std::map<std::string, std::string, std::less<>> parameters;

    /// "nodes/pve1/status"
    [[nodiscard]] std::string text() const;
};

/// Nothing where it is not under /api2/json/.
[[nodiscard]] std::optional<api_target> parse_api_target(std::string_view target);

/// A percent sign that no two hexadecimal digits follow is itself.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace relay::simulate
