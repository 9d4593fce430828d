#include "relay/journal/selection.hpp"

#include <algorithm>
#include <charconv>

namespace relay::journal {
namespace {

bool matches(const std::optional<std::string>& wanted, const std::string& name) noexcept {
    return !wanted || *wanted == name;
}

// Canonical lines end in their time, and nothing in them breaks a line.
std::optional<std::int64_t> time_of(std::string_view line) noexcept {
    const auto space = line.rfind(' ');
    if (space == std::string_view::npos) return {};
    std::int64_t time = 0;
    const auto* const end = line.data() + line.size();
    const auto [stop, error] = std::from_chars(line.data() + space + 1, end, time);
    if (error != std::errc{} || stop != end) return {};
    return time;
}

}  // namespace

bool owes(const cursor& position, sequence which) noexcept {
    if (which > position.delivered) return true;
    return std::ranges::any_of(
        position.gaps, [which](const gap& one) { return one.first <= which && which <= one.last; });
}

bool selection::touches(const record_header& header) const noexcept {
    return header.newest_ns >= from_ns && header.oldest_ns < to_ns &&
           matches(cluster, header.lane.cluster) && matches(bucket, header.lane.bucket) &&
           matches(tenant, header.lane.tenant) && (!position || owes(*position, header.sequence));
}

bool selection::holds_whole(const record_header& header) const noexcept {
    return header.oldest_ns >= from_ns && header.newest_ns < to_ns;
}

std::uint64_t selection::append_lines(std::string_view text, std::string& out) const {
    std::uint64_t lines = 0;
    while (!text.empty()) {
        const auto newline = text.find('\n');
        const auto line = text.substr(0, newline);
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto time = time_of(line);
        if (time && (*time < from_ns || *time >= to_ns)) continue;
        out += line;
        out += '\n';
        ++lines;
    }
    return lines;
}

void set_lane(selection& of, std::string_view text) {
    for (auto* part : {&of.cluster, &of.bucket, &of.tenant}) {
        const auto name = text.substr(0, text.find('/'));
        if (!name.empty()) *part = name;
        if (name.size() == text.size()) return;
        text.remove_prefix(name.size() + 1);
    }
}

}  // namespace relay::journal
