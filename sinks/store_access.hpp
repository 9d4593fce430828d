// How a sink presents itself to its store: URL, credentials, headers of the operator's own. What
// is wrong with them is found when the configuration is read, not when the first data waits.
#pragma once

#include "relay/base/http_message.hpp"
#include "relay/base/secret.hpp"
#include "relay/journal/record.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

/// A token, or a user with a password, or neither.
struct store_auth {
    secret token;
    std::string user;
    secret password;
    bool operator==(const store_auth&) const = default;
};

/// How a token is spelt: InfluxDB's "Token t" or RFC 6750's "Bearer t".
enum class token_scheme : std::uint8_t { token, bearer };

/// The Authorization header, if there is anything to say. A user goes as Basic (RFC 7617).
[[nodiscard]] std::optional<http_header> authorization(const store_auth& auth, token_scheme scheme);

/// A header of the operator's own; its value may hold placeholders (see lane_template) and may be
/// a secret (a gateway's key).
struct custom_header {
    std::string name;
    secret value;
    bool operator==(const custom_header&) const = default;
};

/// The headers for a lane. What a sender wrote as bucket must not end a header: control
/// characters become an underscore.
void add_custom_headers(const std::vector<custom_header>& custom, const journal::lane& lane,
                        std::vector<http_header>& out);

/// Whether every header that depends on the lane says something for this one. A store asked
/// without its tenant answers 401, which would hold up everybody else's lines behind.
[[nodiscard]] bool fills_headers(const std::vector<custom_header>& custom,
                                 const journal::lane& lane);

/// Whether any header depends on the lane.
[[nodiscard]] bool depend_on_lane(const std::vector<custom_header>& custom) noexcept;

/// What is wrong with it, as a sentence; a header may not be one of the reserved ones (in lower
/// case), whatever its case.
[[nodiscard]] std::optional<std::string> header_problem(const custom_header& header,
                                                        std::span<const std::string_view> reserved);
[[nodiscard]] std::optional<std::string> url_problem(std::string_view url);
[[nodiscard]] std::optional<std::string> auth_problem(const store_auth& auth);

/// Everything but RFC 3986's unreserved characters as %XX: one value of a query.
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// "pverelay/<version>".
[[nodiscard]] std::string_view user_agent() noexcept;

}  // namespace relay::sinks
