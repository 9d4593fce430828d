// "Did you mean": the known word that is fewest typing mistakes away.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace relay::config {

/// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string
/// alignment distance).
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The word of `known` closest to `word`, or empty where none is close enough to be meant: at most
/// a third of its letters wrong, and at least one allowed.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace relay::config
