// A dead letter read back from its line of JSON. Pure.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/dead_letter.hpp"

#include <string>
#include <string_view>

namespace relay::ops {

/// The inverse of journal::to_json_line(). Keys that it does not know are passed over.
/// @returns the letter, or a clause that says what is wrong.
[[nodiscard]] expected<journal::dead_letter, std::string> parse_dead_letter(std::string_view json);

}  // namespace relay::ops
