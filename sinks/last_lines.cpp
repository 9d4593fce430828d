#include "sinks/last_lines.hpp"

#include "relay/schema/table.hpp"
#include "sinks/line_subject.hpp"
#include "sinks/naming/proxmox_line.hpp"

#include <utility>

namespace relay::sinks {
namespace {

// What a map's node and two strings take beside their text.
constexpr std::size_t overhead = 160;

std::size_t bytes_of(const std::pair<const std::string, last_lines::line>& one) noexcept {
    return one.first.size() + one.second.text.size() + overhead;
}

}  // namespace

void last_lines::fold(const journal::record& record) {
    auto& cluster = clusters_[record.header.lane.cluster];
    lines_.open(record.text);
    while (lines_.next()) {
        const auto* const point = lines_.point();
        if (point == nullptr || !point->time_ns) continue;
        if (point->measurement == schema::event_measurement) {
            if (const auto event = read_end(*point)) end(cluster, *event, record.header.lane);
            continue;
        }
        const std::string_view text(record.text);
        take(cluster, text.substr(lines_.begin(), lines_.end() - lines_.begin()), *point,
             record.header.appended_ns);
    }
}

void last_lines::end(of_cluster& lines, const end_event& event, const journal::lane& lane) {
    for (auto at = lines.begin(); at != lines.end();) {
        if (!is_ended(at->second, event, lane)) {
            ++at;
            continue;
        }
        bytes_ -= bytes_of(*at);
        at = lines.erase(at);
    }
}

/// What the relay itself says goes on until it is certain that its subject will not come back.
bool last_lines::is_ended(const line& one, const end_event& event, const journal::lane& lane) {
    ended_.open(one.text);
    if (!ended_.next() || ended_.point() == nullptr) return false;
    const auto& point = *ended_.point();
    if (!ends_for_good(event.kind) && proxmox_line(point).is_own()) return false;
    return one.time_ns <= event.time_ns && concerns(event, subject_of(point, lane), lane);
}

void last_lines::take(of_cluster& into, std::string_view text, const protocol::point& point,
                      std::int64_t appended_ns) {
    const auto key = lines_.series_key();
    auto at = into.find(key);
    if (at == into.end()) {
        if (bytes_ + key.size() + text.size() + overhead > bytes_max_) {
            overflowed_ = true;
            return;
        }
        at = into.emplace(key, line{}).first;
    } else {
        bytes_ -= bytes_of(*at);
    }
    auto& last = at->second;
    if (*point.time_ns == last.time_ns) {
        // Some senders write a field a line. The same line again adds nothing.
        if (last.text.find(text) == std::string::npos) last.text += text;
    } else if (last.text.empty() || *point.time_ns > last.time_ns) {
        last.text = text;
        last.time_ns = *point.time_ns;
    }
    last.appended_ns = appended_ns;
    bytes_ += bytes_of(*at);
}

void last_lines::forget_before(std::int64_t appended_ns) {
    for (auto& [name, lines] : clusters_) {
        for (auto at = lines.begin(); at != lines.end();) {
            if (at->second.appended_ns >= appended_ns) {
                ++at;
                continue;
            }
            bytes_ -= bytes_of(*at);
            at = lines.erase(at);
            overflowed_ = false;
        }
    }
    std::erase_if(clusters_, [](const auto& one) { return one.second.empty(); });
}

}  // namespace relay::sinks
