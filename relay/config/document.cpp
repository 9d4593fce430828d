// The only file that knows toml11 (v3 interface; 4 s to compile).
#include "relay/config/document.hpp"

#include "protocol/utf8.hpp"

#include <fmt/format.h>
#include <toml.hpp>

#include <algorithm>
#include <sstream>

namespace relay::config {
namespace {

position position_of(const toml::source_location& at) {
    return {.line = static_cast<int>(at.line()), .column = static_cast<int>(at.column())};
}

/// toml11 knows where a value stands, not its key: the key is looked for left of the value on the
/// same line, or within it, where the value is a header's table.
position position_of_key(const std::string& key, const toml::value& from) {
    const auto at = from.location();
    auto where = position_of(at);
    const auto& line = at.line_str();
    const auto before = std::clamp<std::size_t>(at.column(), 1, line.size() + 1);
    auto found = std::string_view(line).substr(0, before).rfind(key);
    if (found == std::string_view::npos && from.is_table()) found = line.find(key, before - 1);
    if (found != std::string_view::npos) where.column = static_cast<int>(found) + 1;
    return where;
}

value convert(const toml::value& from);

void convert_table(const toml::table& table, value& to) {
    to.kind = value_kind::table;
    for (const auto& [key, item] : table) {
        to.entries.push_back({key, position_of_key(key, item), convert(item)});
    }
    // toml11 keeps tables unordered; problems are told in the order of the file.
    std::ranges::sort(to.entries, [](const entry& a, const entry& b) {
        return std::tie(a.where, a.key) < std::tie(b.where, b.key);
    });
}

void convert_array(const toml::array& array, value& to) {
    to.kind = value_kind::array;
    for (const auto& item : array)
        to.items.push_back(convert(item));
}

value convert(const toml::value& from) {
    value to;
    to.where = position_of(from.location());
    switch (from.type()) {
        case toml::value_t::table:
            convert_table(from.as_table(), to);
            break;
        case toml::value_t::array:
            convert_array(from.as_array(), to);
            break;
        case toml::value_t::string:
            to.kind = value_kind::string;
            to.string = from.as_string().str;
            break;
        case toml::value_t::integer:
            to.kind = value_kind::integer;
            to.integer = from.as_integer();
            break;
        case toml::value_t::floating:
            to.kind = value_kind::real;
            to.real = from.as_floating();
            break;
        case toml::value_t::boolean:
            to.kind = value_kind::boolean;
            to.boolean = from.as_boolean();
            break;
        default:
            to.kind = value_kind::date;
            break;
    }
    return to;
}

/// "[error] toml::parse_inline_table: missing `=`\n --> …" becomes "missing `=`".
std::string first_sentence(std::string_view what) {
    what = what.substr(0, what.find('\n'));
    if (const auto name = what.find("toml::"); name != std::string_view::npos) {
        const auto colon = what.find(": ", name);
        if (colon != std::string_view::npos) what.remove_prefix(colon + 2);
    }
    return fmt::format("no valid TOML: {}", what);
}

position line_and_column(std::string_view text, std::size_t offset) {
    const auto before = text.substr(0, offset);
    const auto line = std::ranges::count(before, '\n') + 1;
    const auto newline = before.rfind('\n');
    const auto column = offset - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
    return {.line = static_cast<int>(line), .column = static_cast<int>(column)};
}

/// Nesting as brackets and as dots of one key or header, both of which toml11 follows by
/// recursion. Strings and comments are counted too: with the bounds reset at every line that
/// returns to its beginning, no sane file comes near.
expected<void, problem> check_nesting(std::string_view text) {
    int depth = 0;
    int dots = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '[' || c == '{') ++depth;
        if (c == ']' || c == '}') depth = std::max(0, depth - 1);
        dots = c == '.' ? dots + 1 : (c == '\n' || c == '"' || c == '#') ? 0 : dots;
        if (depth > nesting_max || dots > nesting_max) {
            return unexpected(problem{line_and_column(text, i), "nested too deep"});
        }
    }
    return {};
}

/// TOML is UTF-8. toml11 3.7 checks it string by string, and reads beyond its buffer where a
/// string of single quotes is none (parse_literal_string resets one location to another's place).
expected<void, problem> check_encoding(std::string_view text) {
    if (protocol::is_utf8(text)) return {};
    position where{.line = 1, .column = 1};
    while (protocol::is_utf8(text.substr(0, text.find('\n')))) {
        text.remove_prefix(text.find('\n') + 1);
        ++where.line;
    }
    return unexpected(problem{where, "this line is not UTF-8"});
}

}  // namespace

std::string_view to_string(value_kind kind) noexcept {
    switch (kind) {
        case value_kind::table:
            return "a table";
        case value_kind::array:
            return "a list";
        case value_kind::string:
            return "a string";
        case value_kind::integer:
            return "a whole number";
        case value_kind::real:
            return "a number";
        case value_kind::boolean:
            return "true or false";
        case value_kind::date:
            return "a date";
    }
    return "a value";
}

const value* value::find(std::string_view key) const noexcept {
    const auto found = std::ranges::find(entries, key, &entry::key);
    return found == entries.end() ? nullptr : &found->value;
}

expected<value, problem> parse_document(const std::string& text) {
    if (text.size() > document_bytes_max) return unexpected(problem{{}, "larger than 256 KiB"});
    if (auto encoding = check_encoding(text); !encoding) return unexpected(encoding.error());
    if (auto nesting = check_nesting(text); !nesting) return unexpected(nesting.error());
    try {
        std::istringstream in(text);
        return convert(toml::parse(in, "configuration"));
    } catch (const toml::exception& error) {
        return unexpected(problem{position_of(error.location()), first_sentence(error.what())});
    } catch (const std::exception& error) {
        // Numbers beyond their range arrive as the standard library's exceptions.
        return unexpected(problem{{}, first_sentence(error.what())});
    }
}

}  // namespace relay::config
