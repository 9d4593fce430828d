// A moment as the words of a command name it. Pure.
#pragma once

#include "relay/base/expected.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::cli {

/// "2h" (so long ago), "now", or as RFC 3339 writes it: "2025-08-21", "2025-08-21T14:21:10Z".
/// @returns nanoseconds since 1970, or a sentence that says what is wrong with the text.
[[nodiscard]] expected<std::int64_t, std::string> parse_moment(std::string_view text,
                                                               std::int64_t now_ns);

}  // namespace relay::cli
