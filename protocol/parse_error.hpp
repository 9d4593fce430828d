// Why a line was refused, as a value: code and place. The sentences are for the operator and for
// the sender's log.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay::protocol {

enum class parse_errc : std::uint8_t {
    missing_measurement,
    missing_tag_key,
    missing_tag_value,
    missing_fields,
    missing_field_key,
    missing_field_value,
    invalid_number,
    number_out_of_range,  // a float beyond double's range, an integer beyond 64 bits
    invalid_boolean,
    unterminated_string,
    text_after_string,  // "a"b: a closing quote must be followed by a comma, a space or the end
    invalid_timestamp,
    timestamp_out_of_range,
    text_after_timestamp,
    torn_line,  // broken in two by a newline that Proxmox let through in a value
    duplicate_tag,
    reserved_tag_key,     // time, _field, _measurement: InfluxDB 2 refuses the line
    reserved_field_key,   // time: InfluxDB 1 and 2 drop the field without a word
    trailing_backslash,   // no line protocol can carry a name that ends in one
    doubled_backslash,    // in a name: some stores read two, some read one
    unescaped_separator,  // = or , where it must be escaped
    invalid_character,  // a control character outside a string; for Proxmox a quote in a field key
    invalid_utf8,
    too_long,  // line, name, string or number of tags beyond its limit
};

/// One sentence of plain English, without a full stop: "missing field value".
[[nodiscard]] std::string_view to_string(parse_errc code) noexcept;

struct parse_error {
    parse_errc code{};
    /// Bytes from the beginning of the refused line to the place that is wrong.
    std::uint32_t offset = 0;
    /// Bytes from the beginning of the line to where reading goes on.
    std::string_view line;
};

}  // namespace relay::protocol
