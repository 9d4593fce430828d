#include "protocol/line_writer.hpp"

#include "protocol/escape.hpp"
#include "protocol/number.hpp"
#include "protocol/reserved_key.hpp"
#include "protocol/utf8.hpp"

#include <algorithm>
#include <charconv>

namespace relay::protocol {

namespace {

bool is_writable_name(std::string_view name) noexcept {
    return is_plain_name(name) && is_utf8(name);
}

bool is_writable_tag(const tag& candidate) noexcept {
    return is_writable_name(candidate.key) && is_writable_name(candidate.value) &&
           !is_reserved_tag_key(candidate.key);
}

bool is_writable_value(const field_value& value) noexcept {
    switch (value.kind) {
        case field_kind::number:
            return !number_fault(value.text.substr(value.text.starts_with('+') ? 1 : 0));
        case field_kind::integer:
            return !integer_fault(value.text);
        case field_kind::unsigned_integer:
            return !unsigned_fault(value.text);
        case field_kind::boolean:
            return is_boolean(value.text);
        case field_kind::string:
            return is_utf8(value.text);
    }
    return false;
}

bool is_writable_field(const field& candidate) noexcept {
    return is_writable_name(candidate.key) && !is_reserved_field_key(candidate.key) &&
           is_writable_value(candidate.value);
}

void append_value(std::string& out, const field_value& value) {
    switch (value.kind) {
        case field_kind::number:
            append_number(out, value.text);
            break;
        case field_kind::integer:
            append_integer(out, value.text);
            out += 'i';
            break;
        case field_kind::unsigned_integer:
            append_integer(out, value.text);
            out += 'u';
            break;
        case field_kind::boolean:
            out += value.text;
            break;
        case field_kind::string:
            out += '"';
            append_escaped_string(out, value.text);
            out += '"';
            break;
    }
}

}  // namespace

void append_measurement(std::string& out, std::string_view name) {
    append_escaped_measurement(out, name);
}

void append_tag(std::string& out, std::string_view key, std::string_view value) {
    out += ',';
    append_escaped_name(out, key);
    out += '=';
    append_escaped_name(out, value);
}

void append_field(std::string& out, std::string_view key, const field_value& value,
                  field_position position) {
    out += position == field_position::first ? ' ' : ',';
    append_escaped_name(out, key);
    out += '=';
    append_value(out, value);
}

void append_time(std::string& out, std::int64_t time_ns) {
    char digits[24];
    digits[0] = ' ';
    const auto written = std::to_chars(digits + 1, digits + sizeof digits - 1, time_ns);
    *written.ptr = '\n';
    out.append(digits, written.ptr + 1);
}

bool is_writable(const point& point) noexcept {
    return is_writable_name(point.measurement) && point.measurement.front() != '#' &&
           std::ranges::all_of(point.tags, is_writable_tag) && !point.fields.empty() &&
           std::ranges::all_of(point.fields, is_writable_field);
}

void append_line(std::string& out, const point& point) {
    append_measurement(out, point.measurement);
    for (const auto& [key, value] : point.tags)
        append_tag(out, key, value);
    auto position = field_position::first;
    for (const auto& [key, value] : point.fields) {
        append_field(out, key, value, position);
        position = field_position::later;
    }
    if (point.time_ns) {
        append_time(out, *point.time_ns);
    } else {
        out += '\n';
    }
}

}  // namespace relay::protocol
