// Names as the remote write specification demands them: metrics [a-zA-Z_:][a-zA-Z0-9_:]*, labels
// [a-zA-Z_][a-zA-Z0-9_]*. Every other byte becomes an underscore; a digit in front gets one before
// it. Two names may become one: who sanitises looks for that afterwards.
#pragma once

#include "sinks/naming/text_arena.hpp"

#include <string_view>

namespace relay::sinks {

/// Label names that begin so are the receiver's own ("SHOULD NOT").
inline constexpr std::string_view reserved_label_start = "__";

/// Writes at most text.size() + 1 bytes. An empty name becomes "_".
[[nodiscard]] std::string_view sanitised_metric(std::string_view text, text_arena& arena);

/// The same for a part of a metric's name that does not stand at its beginning.
void sanitise_metric_part(std::string_view text, text_arena& arena);

/// The same for labels, whose names hold no colon.
[[nodiscard]] std::string_view sanitised_label(std::string_view text, text_arena& arena);

/// Whether it may be a label's name as it is, and is not the receiver's own.
[[nodiscard]] bool is_label_name(std::string_view text) noexcept;

}  // namespace relay::sinks
