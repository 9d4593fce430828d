#include "protocol/escape.hpp"

#include "protocol/delimiters.hpp"

#include <algorithm>

namespace relay::protocol {

namespace {

constexpr bool is_escaped_in_name(char c) noexcept {
    return c == ',' || c == '=' || c == ' ';
}

void append_escaped(std::string& out, std::string_view name, std::string_view escaped) {
    while (has_delimiter(name)) {
        const auto place = name.find_first_of(escaped);
        if (place == std::string_view::npos) break;
        out += name.substr(0, place);
        out += '\\';
        out += name[place];
        name.remove_prefix(place + 1);
    }
    out += name;
}

}  // namespace

void append_unescaped_name(std::string& out, std::string_view raw) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\\' && i + 1 < raw.size() && is_escaped_in_name(raw[i + 1])) ++i;
        out += raw[i];
    }
}

void append_unescaped_string(std::string& out, std::string_view raw) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '\\' && i + 1 < raw.size() && (raw[i + 1] == '"' || raw[i + 1] == '\\')) ++i;
        out += raw[i];
    }
}

void append_escaped_measurement(std::string& out, std::string_view name) {
    append_escaped(out, name, ", ");
}

void append_escaped_name(std::string& out, std::string_view name) {
    append_escaped(out, name, ",= ");
}

void append_escaped_string(std::string& out, std::string_view text) {
    const char* from = text.data();
    const char* const end = from + text.size();
    for (const char* at = from; at != end; ++at) {
        if (*at != '"' && *at != '\\' && *at != '\n') continue;
        out.append(from, at);
        out += '\\';
        out += *at == '\n' ? 'n' : *at;
        from = at + 1;
    }
    out.append(from, end);
}

bool is_plain_name(std::string_view name) noexcept {
    if (name.empty() || name.back() == '\\') return false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        if (is_delimiter(c) && !is_escaped_in_name(c) && c != '\\' && c != '"') return false;
        if (c == '\\' && (name[i + 1] == '\\' || is_escaped_in_name(name[i + 1]))) return false;
    }
    return true;
}

}  // namespace relay::protocol
