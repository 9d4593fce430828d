// What is up: every object in its turn, an overview for the operator, and what a file keeps.
#include "relay/ingest/cluster_presence.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {

using schema::object;

announcement cluster_presence::speak(moment now) {
    if (now.steady >= next_round_) {
        const bool is_first = next_round_ == steady_time{};
        next_round_ = now.steady + options_->up_interval;
        // Who has just begun to look has nothing to say yet.
        if (!is_first) {
            forget(now);
            changes_.clear();
            append_round(now);
        }
    }
    text_ += std::exchange(changes_, {});
    return {
        .cluster = cluster_, .text = std::exchange(text_, {}), .words = std::exchange(words_, {})};
}

void cluster_presence::append_round(moment now) {
    const auto time_ns = unix_nanoseconds(now.wall);
    bool any = false;
    bool any_up = false;
    for (const auto& node : nodes_) {
        // What a file told us of is neither up nor down before we know.
        if (!node.second.was_heard && !node.second.is_silent) continue;
        any = true;
        const bool up = is_up(node, now.wall);
        any_up = any_up || up;
        append_up(text_, tags_of(node.first), up, time_ns);
    }
    if (!any) return;
    const bool without_quorum = is_api_recent(now.wall) && known_->is_quorate == false;
    append_up(text_, {.object = "cluster", .vmid = 0, .node = {}, .host = cluster_, .type = {}},
              any_up && !without_quorum, time_ns);
    std::vector<const thing*> all;
    for_each_thing([&](const thing& one) {
        if (one.was_heard || is_absent(one)) all.push_back(&one);
    });
    std::ranges::sort(all, {},
                      [](const thing* one) { return std::tie(one->vmid, one->node, one->host); });
    for (const auto* one : all)
        append_up(text_, tags_of(*one), is_up(*one), time_ns);
}

bool cluster_presence::is_up(const node_map::value_type& node, wall_time now) const {
    return !node.second.is_silent && !is_offline(std::get<std::string>(node.first), now);
}

bool cluster_presence::is_up(const thing& which) const {
    return which.is_running && !is_absent(which);
}

bool cluster_presence::is_absent(const thing& which) const {
    return which.is_gone || is_silent(which.node);
}

bool cluster_presence::is_silent(std::string_view node) const {
    const auto found = nodes_.find({object::node, std::string(node)});
    return found == nodes_.end() || found->second.is_silent;
}

presence_overview cluster_presence::overview() const {
    presence_overview out;
    out.cluster = cluster_;
    out.nodes = nodes_.size();
    for (const auto& [key, node] : nodes_) {
        if (!node.is_silent) continue;
        out.silent.push_back({std::get<std::string>(key), unix_nanoseconds(node.heard.wall)});
    }
    for (const auto& [vmid, guest] : guests_) {
        ++out.guests;
        out.guests_running += is_up(guest) ? 1U : 0U;
        out.guests_gone += guest.is_gone ? 1U : 0U;
    }
    for (const auto& [name, storage] : storages_) {
        ++out.storages;
        out.storages_gone += storage.is_gone ? 1U : 0U;
    }
    return out;
}

// ---- from one process to the next

remembered_object cluster_presence::remembered(const node_map::key_type& key,
                                               const node_state& node) {
    return {.what = std::get<object>(key),
            .vmid = 0,
            .node = std::get<std::string>(key),
            .host = std::get<std::string>(key),
            .type = {},
            .is_absent = node.is_silent,
            .is_running = false,
            .is_known_to_api = node.is_known_to_api,
            .interval = std::chrono::duration_cast<std::chrono::milliseconds>(node.interval),
            .heard_ns = unix_nanoseconds(node.heard.wall)};
}

remembered_object cluster_presence::remembered(const thing& which) {
    return {.what = which.what,
            .vmid = which.vmid,
            .node = which.node,
            .host = which.host,
            .type = which.type,
            .is_absent = which.is_gone,
            .is_running = which.is_running,
            .is_known_to_api = which.is_known_to_api,
            .interval = {},
            .heard_ns = unix_nanoseconds(which.heard.wall)};
}

// What was absent has been so since then. What was there has all its patience before it: nobody
// listened meanwhile.
void cluster_presence::restore(const remembered_object& one, moment now) {
    const wall_time heard(std::chrono::nanoseconds{one.heard_ns});
    const auto ago = std::max(now.wall - heard, std::chrono::nanoseconds(0));
    const bool is_node = one.what == object::node || one.what == object::backup_host;
    const bool was_absent = one.is_absent || (!is_node && is_silent(one.node));
    const moment at{.steady = was_absent ? now.steady - ago : now.steady, .wall = heard};
    if (is_node) {
        const auto node = node_of({.what = one.what, .node = one.node});
        if (node == nullptr) return;
        auto& state = node->second;
        state.heard = at;
        state.interval = std::max<std::chrono::nanoseconds>(one.interval, std::chrono::seconds(1));
        state.is_interval_known = true;
        state.is_silent = one.is_absent;
        state.is_known_to_api = one.is_known_to_api;
        return;
    }
    if (!admit()) return;
    thing made{.what = one.what,
               .vmid = one.vmid,
               .node = std::string(one.node),
               .host = std::string(one.host),
               .type = std::string(one.type),
               .is_running = one.is_running,
               .is_gone = one.is_absent,
               .is_known_to_api = one.is_known_to_api,
               .heard = at};
    const bool is_new = one.what == object::storage
                            ? storages_.try_emplace({made.node, made.host}, made).second
                            : guests_.try_emplace(one.vmid, made).second;
    if (!is_new) dismiss(1);
}

void cluster_presence::clear() {
    dismiss(nodes_.size() + guests_.size() + storages_.size());
    nodes_.clear();
    guests_.clear();
    storages_.clear();
}

}  // namespace relay::ingest
