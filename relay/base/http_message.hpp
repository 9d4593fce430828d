// An HTTP request and its response as values: sinks and topology make and judge them, relay/http
// carries them. Nothing here does I/O.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay {

/// Name and value, as they go on the wire. A value may hold a secret: never log it.
using http_header = std::pair<std::string, std::string>;

struct http_request {
    std::string method = "POST";
    std::string url;
    std::vector<http_header> headers;
    std::string body;
};

struct http_response {
    /// 0: no answer (refused, reset, timed out, TLS failed); `error` then says why.
    int status = 0;
    /// What stands behind the status; Proxmox says there what was wrong.
    std::string reason{};
    /// Names in lower case.
    std::vector<http_header> headers;
    /// Cut at a bound of the client's; error texts are what we read it for.
    std::string body;
    bool is_cut = false;  // there was more
    std::string error;
    std::chrono::milliseconds elapsed{0};

    /// The first header of that (lower-case) name, or empty.
    [[nodiscard]] std::string_view header(std::string_view name) const noexcept {
        for (const auto& [key, value] : headers) {
            if (key == name) return value;
        }
        return {};
    }
};

}  // namespace relay
