// Whether a text is a URL that a store can be reached at.
#pragma once

#include "relay/base/expected.hpp"

#include <string>
#include <string_view>

namespace relay::config {

/// http:// or https://, a host, an optional port, path and query; no user, because what proves who
/// we are has keys of its own, and no fragment.
/// @returns nothing, or a sentence that says what is wrong, without the text itself where that
/// may hold a password.
[[nodiscard]] expected<void, std::string> check_url(std::string_view text);

}  // namespace relay::config
