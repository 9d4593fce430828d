#include "relay/config/section.hpp"

#include "relay/base/check.hpp"
#include "relay/base/log.hpp"
#include "relay/config/duration.hpp"
#include "relay/config/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace relay::config {
namespace {

using std::chrono::milliseconds;

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    const auto best = nearest(word, known);
    return best.empty() ? std::string() : fmt::format(", did you mean `{}`?", best);
}

std::vector<std::string_view> names_of(const known_section& section) {
    std::vector<std::string_view> names;
    for (const auto& key : section.keys)
        names.push_back(key.name);
    return names;
}

}  // namespace

section::section(const config::value& table, std::string_view name, config::reading& reading)
    : table_(table),
      known_(section_keys(name)),
      reading_(reading) {
    refuse_unknown();
}

void section::refuse_unknown() const {
    const auto names = names_of(known_);
    for (const auto& [key, where, value] : table_.entries) {
        const auto known = std::ranges::find(known_.keys, key, &known_key::name);
        if (known == known_.keys.end()) {
            reading_.found.error(where, fmt::format("unknown key `{}`{}", printable(key, 64),
                                                    did_you_mean(key, names)));
        }
    }
}

const config::value* section::find(std::string_view key) const {
    // Reading a key that the table of keys does not have would make it undocumented.
    RELAY_CHECK(std::ranges::find(known_.keys, key, &known_key::name) != known_.keys.end());
    return table_.find(key);
}

const config::value* section::expect(std::string_view key, value_kind kind) const {
    const auto* const found = find(key);
    if (found == nullptr || found->kind == kind) return found;
    error(key,
          fmt::format("`{}` is {}, {} is wanted", key, to_string(found->kind), to_string(kind)));
    return nullptr;
}

position section::where(std::string_view key) const {
    const auto* const found = find(key);
    return found == nullptr ? table_.where : found->where;
}

void section::error(std::string_view key, std::string text) const {
    reading_.found.error(where(key), std::move(text));
}

void section::warning(std::string_view key, std::string text) const {
    reading_.found.warning(where(key), std::move(text));
}

void section::read(std::string_view key, std::string& into) const {
    const auto* const found = expect(key, value_kind::string);
    if (found == nullptr) return;
    if (found->string.empty()) return error(key, fmt::format("`{}` is empty", key));
    into = found->string;
}

void section::read(std::string_view key, bool& into) const {
    if (const auto* const found = expect(key, value_kind::boolean)) into = found->boolean;
}

void section::read(std::string_view key, std::filesystem::path& into) const {
    std::string text;
    read(key, text);
    if (text.empty()) return;
    if (!text.starts_with('/')) {
        return error(key, fmt::format("`{}` must be a path from the root: the relay does not run "
                                      "in the directory you are in",
                                      key));
    }
    into = text;
}

void section::read(std::string_view key, std::vector<std::string>& into) const {
    const auto* const found = expect(key, value_kind::array);
    if (found == nullptr) return;
    into.clear();
    for (const auto& item : found->items) {
        if (item.kind == value_kind::string && !item.string.empty()) {
            into.push_back(item.string);
        } else {
            reading_.found.error(item.where,
                                 fmt::format("`{}` is a list of strings, none empty", key));
        }
    }
}

void section::read(std::string_view key, byte_size& into, range<byte_size> bounds) const {
    const auto* const found = find(key);
    if (found == nullptr) return;
    expected<byte_size, std::string> size = unexpected(
        fmt::format("`{}` is {}, a size such as \"64MiB\" is wanted", key, to_string(found->kind)));
    if (found->kind == value_kind::string) size = parse_byte_size(found->string);
    if (found->kind == value_kind::integer && found->integer >= 0) {
        size = byte_size{static_cast<std::uint64_t>(found->integer)};
    }
    if (!size) return error(key, size.error());
    if (*size < bounds.least || *size > bounds.most) {
        return error(key, fmt::format("`{}` must be from {} to {}", key, to_string(bounds.least),
                                      to_string(bounds.most)));
    }
    into = *size;
}

void section::read(std::string_view key, std::size_t& into, range<std::size_t> bounds) const {
    const auto* const found = expect(key, value_kind::integer);
    if (found == nullptr) return;
    if (found->integer < 0 || static_cast<std::uint64_t>(found->integer) < bounds.least ||
        static_cast<std::uint64_t>(found->integer) > bounds.most) {
        return error(key,
                     fmt::format("`{}` must be from {} to {}", key, bounds.least, bounds.most));
    }
    into = static_cast<std::size_t>(found->integer);
}

std::optional<milliseconds> section::read_duration(std::string_view key,
                                                   range<milliseconds> bounds) const {
    const auto* const found = find(key);
    if (found == nullptr) return {};
    if (found->kind != value_kind::string) {
        error(key, fmt::format("`{}` is {}, a span of time such as \"90s\" is wanted", key,
                               to_string(found->kind)));
        return {};
    }
    const auto span = parse_duration(found->string);
    if (!span) {
        error(key, span.error());
        return {};
    }
    if (*span < bounds.least || *span > bounds.most) {
        error(key, fmt::format("`{}` must be from {} to {}", key, to_string(bounds.least),
                               to_string(bounds.most)));
        return {};
    }
    return *span;
}

std::string_view section::read_word(std::string_view key,
                                    const std::vector<std::string_view>& names) const {
    const auto* const found = expect(key, value_kind::string);
    if (found == nullptr) return {};
    const auto chosen = std::ranges::find(names, found->string);
    if (chosen != names.end()) return *chosen;
    const auto guess = did_you_mean(found->string, names);
    error(key, guess.empty() ? fmt::format("`{}` is one of {}", key, fmt::join(names, ", "))
                             : fmt::format("`{}` cannot be \"{}\"{}", key,
                                           printable(found->string, 64), guess));
    return {};
}

std::string section::inner_name(std::string_view key) const {
    return known_.name.empty() ? std::string(key) : fmt::format("{}.{}", known_.name, key);
}

std::optional<section> section::table(std::string_view key) const {
    const auto* const found = expect(key, value_kind::table);
    if (found == nullptr) return {};
    return section(*found, inner_name(key), reading_);
}

std::vector<section> section::tables(std::string_view key) const {
    std::vector<section> all;
    const auto* const found = find(key);
    if (found == nullptr) return all;
    const bool are_tables =
        found->kind == value_kind::array &&
        std::ranges::all_of(found->items, [](auto& v) { return v.kind == value_kind::table; });
    if (!are_tables) {
        error(key, fmt::format("write [[{0}]], once for every {0}", key));
        return all;
    }
    for (const auto& item : found->items)
        all.emplace_back(item, inner_name(key), reading_);
    return all;
}

}  // namespace relay::config
