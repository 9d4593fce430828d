// Backslashes: how names and strings come out of a line and how they go back into one.
//
// In a name a backslash escapes a comma, an equals sign or a space, and is itself before anything
// else. Two in a row and one at the end are refused by the parser, because no two stores agree on
// them; so here each backslash has one meaning. In a string it escapes a quote or a backslash.
#pragma once

#include <string>
#include <string_view>

namespace relay::protocol {

/// Appends the name that stands as `raw` in a line. Never longer than `raw`.
void append_unescaped_name(std::string& out, std::string_view raw);

/// Appends the string that stands as `raw` between quotes. Never longer than `raw`.
void append_unescaped_string(std::string& out, std::string_view raw);

/// Appends `name` as it stands in a line: as a measurement (an equals sign stays as it is, since
/// some stores would keep its backslash), or as a tag key, tag value or field key.
void append_escaped_measurement(std::string& out, std::string_view name);
void append_escaped_name(std::string& out, std::string_view name);

/// Appends `text` as it stands between quotes. A newline becomes a backslash and an n: a raw one
/// would end the line for VictoriaMetrics, and what follows it would be read as a line.
void append_escaped_string(std::string& out, std::string_view text);

/// Whether `name` comes back from every store as it was: not empty, no control character, no
/// backslash at its end, before another one, or before a character that is escaped.
[[nodiscard]] bool is_plain_name(std::string_view name) noexcept;

}  // namespace relay::protocol
