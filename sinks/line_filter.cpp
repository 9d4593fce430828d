#include "sinks/line_filter.hpp"

#include "protocol/escape.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

/// Where the name that begins at `from` ends: at a comma or a space that is not escaped.
std::size_t end_of_name(std::string_view line, std::size_t from) noexcept {
    while (from < line.size() && line[from] != ',' && line[from] != ' ')
        from += line[from] == '\\' ? 2 : 1;
    return std::min(from, line.size());
}

/// The value of the tag `object`, or nothing. Tags are the names behind the first one.
std::string_view object_in(std::string_view line, std::size_t at) noexcept {
    constexpr std::string_view key = "object=";
    while (at < line.size() && line[at] == ',') {
        const auto end = end_of_name(line, at + 1);
        const auto tag = line.substr(at + 1, end - at - 1);
        if (tag.starts_with(key)) return tag.substr(key.size());
        at = end;
    }
    return {};
}

bool has(const std::vector<std::string>& names, std::string_view name) noexcept {
    return names.empty() || std::ranges::find(names, name) != names.end();
}

}  // namespace

line_sieve::line_sieve(const line_filter& filter) {
    for (const auto& name : filter.objects)
        protocol::append_escaped_name(objects_.emplace_back(), name);
    for (const auto& name : filter.measurements)
        protocol::append_escaped_measurement(measurements_.emplace_back(), name);
}

bool line_sieve::passes(std::string_view line) const noexcept {
    const auto end = end_of_name(line, 0);
    if (!has(measurements_, line.substr(0, end))) return false;
    return objects_.empty() || has(objects_, object_in(line, end));
}

}  // namespace relay::sinks
