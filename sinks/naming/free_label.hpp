// A name for a label that a sample gets beside those of its line.
#pragma once

#include "protocol/remote_write.hpp"
#include "sinks/naming/text_arena.hpp"

#include <cstddef>
#include <span>
#include <string_view>

namespace relay::sinks {

/// Bytes of the arena that free_label() takes at most beyond those of the name, for a line of so
/// many labels.
[[nodiscard]] std::size_t free_label_bytes(std::size_t labels) noexcept;

/// `name`, sanitised, with as many `field_` before it as it takes to be none of `labels`.
[[nodiscard]] std::string_view free_label(std::string_view name,
                                          std::span<const protocol::label> labels,
                                          text_arena& arena);

}  // namespace relay::sinks
