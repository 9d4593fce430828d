#include "relay/config/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace relay::config {
namespace {

const sink_settings* find_sink(const settings& in, const std::string& name) {
    const auto at = std::ranges::find(in.sinks, name, &sink_settings::name);
    return at == in.sinks.end() ? nullptr : &*at;
}

const listen::listen_options* find_door(const settings& in, const listen::listen_options& like) {
    const auto at =
        std::ranges::find_if(in.listeners, [&](const auto& one) { return same_door(one, like); });
    return at == in.listeners.end() ? nullptr : &*at;
}

/// The names of `in` that `other` does not have, or has otherwise.
std::vector<std::string> sinks_apart(const settings& in, const settings& other) {
    std::vector<std::string> names;
    for (const auto& sink : in.sinks) {
        const auto* const twin = find_sink(other, sink.name);
        if (twin == nullptr || !(*twin == sink)) names.push_back(sink.name);
    }
    return names;
}

/// Notes the keys of a section that are not what they were.
class changed_keys {
public:
    changed_keys(std::string_view section, std::vector<std::string>& out)
        : section_(section),
          out_(out) {}
    void operator()(std::string_view key, bool same) const {
        if (!same) out_.push_back(fmt::format("{}.{}", section_, key));
    }

private:
    std::string_view section_;
    std::vector<std::string>& out_;
};

void compare_journal(const settings& before, const settings& after, std::vector<std::string>& out) {
    const changed_keys note("journal", out);
    const auto& a = before.journal;
    const auto& b = after.journal;
    note("directory", a.directory == b.directory);
    note("sync", a.sync == b.sync);
    note("sync_interval", a.sync_interval == b.sync_interval);
    note("max_bytes", a.max_bytes == b.max_bytes);
    note("max_age", a.max_age == b.max_age);
    note("segment_bytes", a.segment_bytes == b.segment_bytes);
    note("tail_bytes", a.tail_bytes == b.tail_bytes);
    note("queue_bytes", a.queue_bytes == b.queue_bytes);
    note("control", before.control == after.control);
    const auto& dead_a = before.dead_letters;
    const auto& dead_b = after.dead_letters;
    note("dead_letters_max_bytes", dead_a.max_bytes == dead_b.max_bytes);
    note("dead_letters_queue_bytes", dead_a.queue_bytes == dead_b.queue_bytes);
}

void compare_delivery(const settings& before, const settings& after,
                      std::vector<std::string>& out) {
    const changed_keys note("delivery", out);
    const auto& a = before.delivery;
    const auto& b = after.delivery;
    note("threads", before.delivery_threads == after.delivery_threads);
    note("backoff_first", a.backoff.first == b.backoff.first);
    note("backoff_max", a.backoff.most == b.backoff.most);
    note("retry_after_max", a.retry_after_max == b.retry_after_max);
    note("fault_tries", a.fault_tries == b.fault_tries);
    note("fault_pieces_max", a.fault_pieces_max == b.fault_pieces_max);
    note("search_requests_max", a.search_requests_max == b.search_requests_max);
    note("search_requests_min", a.search_requests_min == b.search_requests_min);
    note("read_records", a.read_records == b.read_records);
    note("read_bytes", a.read_bytes == b.read_bytes);
    note("probe_tries", a.probe_tries == b.probe_tries);
    note("probe_body_min", a.probe_body_min == b.probe_body_min);
    note("live_age_max", a.live_age_max == b.live_age_max);
    note("gather_time", a.gather_time == b.gather_time);
    note("log_interval", a.log_interval == b.log_interval);
    note("reminder_interval", a.reminder_interval == b.reminder_interval);
}

void compare_presence(const settings& before, const settings& after,
                      std::vector<std::string>& out) {
    const changed_keys note("presence", out);
    const auto& a = before.presence;
    const auto& b = after.presence;
    note("enabled", a.is_enabled == b.is_enabled);
    note("node_silent_min", a.node_silent_min == b.node_silent_min);
    note("forget_after", a.forget_after == b.forget_after);
    note("up_interval", a.up_interval == b.up_interval);
    note("objects_max", a.objects_max == b.objects_max);
    note("file", before.presence_file == after.presence_file);
}

}  // namespace

bool same_door(const listen::listen_options& a, const listen::listen_options& b) noexcept {
    return a.kind == b.kind && a.address == b.address;
}

difference differences(const settings& before, const settings& after) {
    difference found{.sinks_gone = sinks_apart(before, after),
                     .sinks_new = sinks_apart(after, before),
                     .at_restart = {}};
    compare_journal(before, after, found.at_restart);
    compare_delivery(before, after, found.at_restart);
    for (const auto& listener : after.listeners) {
        const auto* const old = find_door(before, listener);
        if (old == nullptr || old->threads == listener.threads) continue;
        found.at_restart.push_back(fmt::format("listen.threads of {}", listener.address));
    }
    if (before.topology_directory != after.topology_directory) {
        found.at_restart.emplace_back("topology.directory");
    }
    compare_presence(before, after, found.at_restart);
    if (before.scrape != after.scrape) found.at_restart.emplace_back("scrape");
    if (before.admin.address != after.admin.address) found.at_restart.emplace_back("admin.address");
    return found;
}

settings without_restart(const settings& before, settings after) {
    after.journal = before.journal;
    after.dead_letters = before.dead_letters;
    after.control = before.control;
    after.delivery = before.delivery;
    after.delivery_threads = before.delivery_threads;
    after.admin.address = before.admin.address;
    after.topology_directory = before.topology_directory;
    after.scrape = before.scrape;
    after.presence = before.presence;
    after.presence_file = before.presence_file;
    for (auto& listener : after.listeners) {
        if (const auto* const old = find_door(before, listener)) listener.threads = old->threads;
    }
    return after;
}

}  // namespace relay::config
