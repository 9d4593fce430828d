// A span of time as the configuration spells it: "7d", "1s", "600ms", "1h30m".
#pragma once

#include "relay/base/expected.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace relay::config {

/// Units are ms, s, m, h, d; a bare "0" is allowed, any other number without a unit is not.
/// @returns the span, at most 100 years, or a sentence that says what is wrong with the text.
[[nodiscard]] expected<std::chrono::milliseconds, std::string> parse_duration(
    std::string_view text);

/// "7d", "1m 30s", "600ms": for people; it reads back to the same span.
[[nodiscard]] std::string to_string(std::chrono::milliseconds span);

}  // namespace relay::config
