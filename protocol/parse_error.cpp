#include "protocol/parse_error.hpp"

namespace relay::protocol {

std::string_view to_string(parse_errc code) noexcept {
    switch (code) {
        case parse_errc::missing_measurement:
            return "missing measurement";
        case parse_errc::missing_tag_key:
            return "missing tag key";
        case parse_errc::missing_tag_value:
            return "missing tag value";
        case parse_errc::missing_fields:
            return "missing fields";
        case parse_errc::missing_field_key:
            return "missing field key";
        case parse_errc::missing_field_value:
            return "missing field value";
        case parse_errc::invalid_number:
            return "invalid number";
        case parse_errc::number_out_of_range:
            return "number out of range";
        case parse_errc::invalid_boolean:
            return "invalid boolean";
        case parse_errc::unterminated_string:
            return "string without closing quote";
        case parse_errc::text_after_string:
            return "text after the closing quote of a string";
        case parse_errc::invalid_timestamp:
            return "invalid timestamp";
        case parse_errc::timestamp_out_of_range:
            return "timestamp out of range";
        case parse_errc::text_after_timestamp:
            return "text after the timestamp";
        case parse_errc::torn_line:
            return "line broken in two by a newline in a value";
        case parse_errc::duplicate_tag:
            return "tag given twice";
        case parse_errc::reserved_tag_key:
            return "reserved tag key";
        case parse_errc::reserved_field_key:
            return "reserved field key";
        case parse_errc::trailing_backslash:
            return "name that ends in a backslash";
        case parse_errc::doubled_backslash:
            return "two backslashes in a row in a name";
        case parse_errc::unescaped_separator:
            return "comma or equals sign without backslash";
        case parse_errc::invalid_character:
            return "character that may not stand there";
        case parse_errc::invalid_utf8:
            return "invalid UTF-8";
        case parse_errc::too_long:
            return "line, name, string or number of parts beyond its limit";
    }
    return "unknown reason";
}

}  // namespace relay::protocol
