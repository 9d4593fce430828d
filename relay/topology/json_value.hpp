// JSON as Proxmox writes it: numbers may be strings ("113", ""), booleans are 0, 1, "1" or true,
// what is not known is null or absent. Each function returns nothing where there is nothing to
// use, so that a garbled member costs only itself. Internal to the readers of this folder, and the
// one place that knows simdjson.
//
// An element belongs to the parser that made it, and is valid only as long as that.
#pragma once

#include "relay/base/expected.hpp"

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::topology::json {

using element = simdjson::dom::element;
using object = simdjson::dom::object;
using array = simdjson::dom::array;

/// Names, states, identifiers. A UPID is the longest of them.
inline constexpr std::size_t text_bytes_max = 256;
/// Proxmox nests four deep; what is deeper is not an answer of its.
inline constexpr std::size_t depth_max = 32;

/// Parses `body`; its `data`, whatever it is. Why not otherwise.
[[nodiscard]] expected<element, std::string> data_of(simdjson::dom::parser& parser,
                                                     std::string_view body);

/// The member, where it is there and not null.
[[nodiscard]] std::optional<element> member(const object& of, std::string_view key) noexcept;

/// A string, or a number as it would be written; cut at `bytes_max`, control characters as blanks.
[[nodiscard]] std::string text(const element& value, std::size_t bytes_max = text_bytes_max);
/// Empty where it is absent or neither a string nor a number.
[[nodiscard]] std::string text(const object& of, std::string_view key,
                               std::size_t bytes_max = text_bytes_max);
[[nodiscard]] std::optional<double> number(const object& of, std::string_view key);
/// Not negative; a fraction is cut off. Large numbers of Perl's come as 1.5e+15.
[[nodiscard]] std::optional<std::uint64_t> count(const object& of, std::string_view key);
[[nodiscard]] std::optional<std::uint32_t> small_count(const object& of, std::string_view key);
/// Seconds since 1970; 0 means never there.
[[nodiscard]] std::optional<std::int64_t> instant(const object& of, std::string_view key);
[[nodiscard]] std::optional<bool> flag(const object& of, std::string_view key);

}  // namespace relay::topology::json
