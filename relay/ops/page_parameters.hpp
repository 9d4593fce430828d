// The parameters of a page's query, one after the other. A page refuses what it does not know: a
// parameter that is passed over would answer another question than was asked.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace relay::ops {

/// @param take   gets a name and a decoded value; returns a sentence that says what is wrong
/// @returns the first such sentence
using take_parameter = std::function<std::optional<std::string>(std::string_view, std::string)>;
[[nodiscard]] std::optional<std::string> for_each_parameter(std::string_view request_target,
                                                            const take_parameter& take);

}  // namespace relay::ops
