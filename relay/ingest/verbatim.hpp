// The fast path of writing a line again: what stands in the input exactly as the writer would spell
// it is copied whole. It equals what the functions of line_writer.hpp append, byte for byte.
#pragma once

#include "protocol/point.hpp"

#include <functional>
#include <span>
#include <string_view>

namespace relay::ingest {

/// Whether `name` is a view into `input`: then the parser found nothing in it to unescape, and
/// nothing in it needs an escape.
[[nodiscard]] inline bool lies_in(std::string_view input, std::string_view name) noexcept {
    constexpr std::less_equal<const char*> not_after;
    return not_after(input.data(), name.data()) &&
           not_after(name.data() + name.size(), input.data() + input.size());
}

/// The field set as it stands in the input, or nothing where it must be written field by field:
/// because something was unescaped, dropped, put in or retyped, or is spelt in another way than
/// the writer's.
/// @pre fields is not empty, and the views of the parser's last point are still valid
[[nodiscard]] std::string_view verbatim_fields(std::span<const protocol::field> fields) noexcept;

}  // namespace relay::ingest
