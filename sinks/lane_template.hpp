// "{cluster}", "{bucket}" and "{tenant}" in a sink's options stand for what the lane says.
#pragma once

#include "relay/journal/record.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relay::sinks {

/// The text with its placeholders replaced.
[[nodiscard]] std::string fill_in(std::string_view text, const journal::lane& lane);

/// Whether two lanes may differ in what fill_in() makes of the text.
[[nodiscard]] bool depends_on_lane(std::string_view text) noexcept;

/// What is wrong with the braces in it: "{clutser} is none of {cluster}, {bucket}, {tenant}".
[[nodiscard]] std::optional<std::string> template_problem(std::string_view text);

}  // namespace relay::sinks
