// The answer to one request as it arrives: status line, headers and body in the pieces a socket
// gives, to a bounded http_response. Pure; owned by the client's thread.
#pragma once

#include "relay/base/http_message.hpp"

#include <cstddef>
#include <string_view>

namespace relay::http {

/// Header lines that are kept of one answer: an honest server sends about ten.
inline constexpr std::size_t headers_kept_max = 32;
/// Of the words behind the status.
inline constexpr std::size_t reason_bytes_max = 512;
/// What a server may send beyond the body's bound before the connection is cut.
inline constexpr std::size_t discarded_bytes_max = 1 << 20;

class answer {
public:
    explicit answer(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

    /// One header line with its line end. A status line forgets what came before it: an interim
    /// answer (100 Continue) or a proxy's.
    void header_line(std::string_view line);

    /// @returns whether more may come; false asks to cut the connection.
    [[nodiscard]] bool body_bytes(std::string_view bytes);

    /// Cut by ourselves: what was kept is an answer nevertheless.
    [[nodiscard]] bool cut() const noexcept { return cut_; }

    [[nodiscard]] http_response& response() noexcept { return response_; }

private:
    std::size_t body_bytes_max_;
    std::size_t discarded_ = 0;
    bool cut_ = false;
    http_response response_;
};

}  // namespace relay::http
