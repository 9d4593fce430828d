// One field value as the sender spelt it. A number keeps its text, so that nothing is rounded on
// its way to a store that takes text; it becomes a double only where a store wants one.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay::protocol {

enum class field_kind : std::uint8_t {
    number,            // 12  -0.5  1e20: a float; Proxmox sends nothing else
    integer,           // 12i: fits int64
    unsigned_integer,  // 12u: fits uint64
    boolean,           // t T true True TRUE f F false False FALSE
    string,            // "…"
};

/// A view: the text belongs to the parsed input or to the parser (see line_parser).
struct field_value {
    field_kind kind = field_kind::number;
    /// number: the spelling as sent. integer, unsigned_integer: the digits with their sign, without
    /// the suffix. boolean: the spelling. string: the content, unescaped, without quotes.
    std::string_view text;

    bool operator==(const field_value&) const = default;
};

/// The value as a sample: the nearest double; 1 or 0 for a boolean.
/// @pre kind is not string, and a parser of ours accepted the text.
[[nodiscard]] double to_double(const field_value& value) noexcept;

}  // namespace relay::protocol
