#include "relay/simulate/json_writer.hpp"

#include "relay/base/check.hpp"

#include <fmt/format.h>

#include <iterator>

namespace relay::simulate {

json_writer& json_writer::object(std::string_view name) {
    return open(name, '{', '}');
}

json_writer& json_writer::array(std::string_view name) {
    return open(name, '[', ']');
}

json_writer& json_writer::open(std::string_view name, char bracket, char closing) {
    begin(name);
    text_ += bracket;
    open_ += closing;
    return *this;
}

json_writer& json_writer::end() {
    RELAY_CHECK(!open_.empty());
    text_ += open_.back();
    open_.pop_back();
    return *this;
}

json_writer& json_writer::put(std::string_view name, std::string_view value) {
    begin(name);
    append_string(value);
    return *this;
}

json_writer& json_writer::put(std::string_view name, double value) {
    return number(name, fmt::format("{:.15g}", value));
}

json_writer& json_writer::null(std::string_view name) {
    begin(name);
    text_ += "null";
    return *this;
}

json_writer& json_writer::element(std::string_view value) {
    begin({});
    append_string(value);
    return *this;
}

json_writer& json_writer::raw(std::string_view json, std::string_view name) {
    begin(name);
    text_ += json;
    return *this;
}

json_writer& json_writer::number(std::string_view name, std::string_view digits) {
    begin(name);
    const bool quoted = numbers_ == number_form::string;
    if (quoted) text_ += '"';
    text_ += digits;
    if (quoted) text_ += '"';
    return *this;
}

// A comma where something stands before, and the name of a member.
void json_writer::begin(std::string_view name) {
    if (!text_.empty() && text_.back() != '{' && text_.back() != '[') text_ += ',';
    if (name.empty()) return;
    append_string(name);
    text_ += ':';
}

void json_writer::append_string(std::string_view value) {
    text_ += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') text_ += '\\';
        if (c == '\n') {
            text_ += "\\n";
        } else if (static_cast<unsigned char>(c) < 0x20) {
            fmt::format_to(std::back_inserter(text_), "\\u{:04x}", static_cast<unsigned>(c));
        } else {
            text_ += c;
        }
    }
    text_ += '"';
}

}  // namespace relay::simulate
