#include "sinks/naming/series_labels.hpp"

#include "relay/base/log.hpp"
#include "sinks/naming/sanitise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace relay::sinks {

namespace {

constexpr std::string_view renamed_start = "tag";

/// The name of a tag's label; see assemble().
std::string_view label_name(std::string_view key, text_arena& arena) {
    if (is_label_name(key)) return key;
    const auto begin = arena.size();
    arena.append(renamed_start);
    const auto name = sanitised_label(key, arena);
    return name.starts_with(reserved_label_start) ? arena.since(begin) : name;
}

}  // namespace

std::optional<std::string> label_problem(const external_labels& labels) {
    for (const auto& label : labels) {
        const auto& name = label.first;
        if (!is_label_name(name)) {
            return fmt::format(
                "\"{}\" cannot be the name of a label: letters, digits and _, not "
                "beginning with a digit or with __",
                printable(name, 40));
        }
        if (label.second.empty()) return fmt::format("the label {} has no value", name);
        const auto same = [&](const auto& other) { return other.first == name; };
        if (std::ranges::count_if(labels, same) > 1) {
            return fmt::format("the label {} is set twice", name);
        }
    }
    return {};
}

series_labels::series_labels(external_labels constant) : constant_(std::move(constant)) {}

std::size_t series_labels::arena_bytes(std::span<const protocol::tag> tags) noexcept {
    std::size_t bytes = 0;
    for (const auto& tag : tags)
        bytes += renamed_start.size() + tag.key.size() + 1;
    return bytes;
}

void series_labels::add(std::string_view name, rank from, std::string_view raw,
                        std::string_view value) {
    // A label without a value is the same as none: it must not hide one that has a value.
    if (!value.empty()) candidates_.push_back({name, from, raw, value});
}

std::size_t series_labels::assemble(std::span<const protocol::tag> tags, const journal::lane& lane,
                                    text_arena& arena, std::vector<protocol::label>& out) {
    candidates_.clear();
    for (const auto& tag : tags)
        add(label_name(tag.key, arena), rank::tag, tag.key, tag.value);
    for (const auto& [name, value] : constant_)
        add(name, rank::external, name, value);
    add("job", rank::own, {}, "pve");
    add("instance", rank::own, {}, lane.cluster);

    std::ranges::sort(candidates_, [](const candidate& a, const candidate& b) {
        // Most names differ: the rest is looked at only where they do not.
        const int order = a.name.compare(b.name);
        return order != 0 ? order < 0 : std::tie(a.from, a.raw) < std::tie(b.from, b.raw);
    });
    std::size_t duplicates = 0;
    out.clear();
    for (const auto& c : candidates_) {
        if (out.empty() || out.back().name != c.name) {
            out.push_back({c.name, c.value});
        } else if (c.from == rank::tag) {
            ++duplicates;
        }
    }
    return duplicates;
}

}  // namespace relay::sinks
