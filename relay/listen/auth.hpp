// Who a request says it is, in every way in which InfluxDB's clients say it, and whether that
// opens the door. Pure.
#pragma once

#include "relay/base/secret.hpp"
#include "relay/listen/http_target.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

/// What a request presents. It holds secrets: never logged.
struct credentials {
    std::string token;      // Token and Bearer as they are; the password of Basic and of u/p
    std::string with_user;  // "user:password" of Basic and u/p, which InfluxDB 2 knows as a token
};

/// v1 `u` and `p` win over the header, as in InfluxDB. Schemes are taken in any case. A Token of
/// the form "user:password" is tried as a whole and by its password.
/// @returns empty credentials where there are none or they are malformed
[[nodiscard]] credentials presented(std::string_view authorization, const http_target& target);

/// The spelling of `given` that one of `tokens` is equal to, or null. Every token is compared,
/// each in a time that depends on the length of what was given alone.
[[nodiscard]] const std::string* find_match(const credentials& given,
                                            const std::vector<secret>& tokens) noexcept;

/// RFC 4648 section 4. @returns nothing where `text` is not base64
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace relay::listen
