#include "relay/topology/knowledge.hpp"

#include "relay/topology/folding.hpp"
#include "relay/topology/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace relay::topology {
namespace {

/// How long a place's word about its quorum holds. It is asked every minute.
constexpr std::chrono::seconds quorum_holds{150};

std::int64_t seconds_of(wall_time time) noexcept {
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::size_t online_of(const std::vector<node>& nodes) {
    return static_cast<std::size_t>(
        std::ranges::count_if(nodes, [](const node& one) { return one.status == "online"; }));
}

}  // namespace

knowledge::knowledge(std::string cluster, const snapshot_ptr& last, guest_addresses_are addresses)
    : addresses_(addresses) {
    auto first =
        last ? std::make_shared<topology::snapshot>(*last) : std::make_shared<topology::snapshot>();
    first->cluster = std::move(cluster);
    latest_ = std::move(first);
}

expected<void, std::string> knowledge::take(const api_call& call, std::string_view body,
                                            wall_time now, std::string_view answered_by) {
    // A copy per answer, a few milliseconds for 2,000 guests: an answer changes all or nothing.
    auto next = std::make_shared<topology::snapshot>(*latest_);
    if (auto folded = fold(*next, call, body, now, answered_by); !folded) return folded;
    if (*next != *latest_) latest_ = std::move(next);
    return {};
}

auto knowledge::fold(topology::snapshot& into, const api_call& call, std::string_view body,
                     wall_time now, std::string_view answered_by) -> outcome {
    switch (call.what) {
        case ask::permissions:
            return take_permissions(into, body, now);
        case ask::version:
            return take_version(into, body);
        case ask::cluster_status:
            return take_cluster_status(into, body, now, answered_by);
        case ask::cluster_resources:
            return take_resources(into, body, now, answered_by);
        case ask::cluster_tasks:
        case ask::backup_tasks:
            return take_tasks(into, body, now);
        case ask::task_log:
            return take_log(into, call.upid, body);
        default: {
            const auto folded = fold_answer(into, call, body);
            if (!folded) return unexpected(folded.error());
            items_lost_ += *folded;
            return {};
        }
    }
}

auto knowledge::take_permissions(topology::snapshot& into, std::string_view body, wall_time now)
    -> outcome {
    auto said = read_permissions(body);
    if (!said) return unexpected(std::move(said.error()));
    into.rights = judge_rights(*said, into.version, addresses_);
    granted_ = std::move(*said);
    granted_at_ = now;
    return {};
}

auto knowledge::take_version(topology::snapshot& into, std::string_view body) -> outcome {
    auto said = read_version(body);
    if (!said) return unexpected(std::move(said.error()));
    into.version = std::move(*said);
    if (granted_) into.rights = judge_rights(*granted_, into.version, addresses_);
    return {};
}

auto knowledge::take_cluster_status(topology::snapshot& into, std::string_view body, wall_time now,
                                    std::string_view answered_by) -> outcome {
    auto said = read_cluster_status(body);
    if (!said) return unexpected(std::move(said.error()));
    items_lost_ += said->items_lost;
    const bool is_quorate = said->is_quorate.value_or(false);
    places_[std::string(answered_by)] = {is_quorate, now};
    into.name = std::move(said->name);
    // While one place says that it has a quorum, the cluster has one: others are cut off from it.
    into.is_quorate = std::ranges::any_of(places_, [now](const auto& entry) {
        return entry.second.is_quorate && now - entry.second.said_at <= quorum_holds;
    });
    update_nodes(into.nodes, said->nodes, [is_quorate](node& known, const node& one) {
        known.number = one.number;
        known.address = one.address;
        if (!one.level.empty()) known.level = one.level;
        if (is_quorate) known.status = one.status;
    });
    return {};
}

auto knowledge::take_resources(topology::snapshot& into, std::string_view body, wall_time now,
                               std::string_view answered_by) -> outcome {
    auto said = read_resources(body);
    if (!said) return unexpected(std::move(said.error()));
    items_lost_ += said->items_lost;
    if (said->nodes.empty()) return unexpected(std::string("it names no node"));
    if (auto doubt = doubt_quorum(*said, now, answered_by)) return unexpected(std::move(*doubt));
    if (auto doubt = doubt_emptiness(*said, now)) return unexpected(std::move(*doubt));
    const auto is = said->items_lost == 0 ? completeness::all : completeness::some_lost;
    merge_guests(into.guests, std::move(said->guests), is);
    merge_nodes(into.nodes, std::move(said->nodes), is);
    merge_storages(into.storages, std::move(said->storages), is);
    merge_pools(into.pools, std::move(said->pools), is);
    into.taken_s = seconds_of(now);
    return {};
}

std::optional<bool> knowledge::quorum_said_by(std::string_view answered_by, wall_time now) const {
    const auto at = places_.find(answered_by);
    if (at == places_.end() || now - at->second.said_at > quorum_holds) return {};
    return at->second.is_quorate;
}

std::optional<std::string> knowledge::doubt_quorum(const resources& said, wall_time now,
                                                   std::string_view answered_by) const {
    const auto is_quorate = quorum_said_by(answered_by, now);
    if (is_quorate == true) return {};
    if (is_quorate == false) {
        return "the node that answered is in no quorum: what it says about the others is not "
               "believed";
    }
    // A node that is cut off sees the others offline. So does the rest of two nodes, or of four
    // with a vote from outside: whose word it is, only /cluster/status can tell.
    const auto online = online_of(said.nodes);
    if (said.nodes.size() == 1 || online * 2 > said.nodes.size()) return {};
    return fmt::format(
        "the node that answered sees {} of {} nodes online and has not said that it is in a quorum:"
        " what it says about the others is not believed",
        online, said.nodes.size());
}

std::optional<std::string> knowledge::doubt_emptiness(const resources& said, wall_time now) {
    if (!said.guests.empty() || latest_->guests.empty()) {
        empty_since_.reset();
        return {};
    }
    // Proxmox leaves out what a token may not see, without an error: lost rights look like this.
    if (!empty_since_) empty_since_ = now;
    const bool is_confirmed =
        granted_at_ && *granted_at_ > *empty_since_ && granted_ && granted_->some_guests;
    if (is_confirmed) return {};
    return fmt::format(
        "it lists no guest although {} are known: the token may have lost its rights; believed "
        "once /access/permissions says otherwise",
        latest_->guests.size());
}

auto knowledge::take_tasks(topology::snapshot& into, std::string_view body, wall_time now)
    -> outcome {
    auto said = read_tasks(body);
    if (!said) return unexpected(std::move(said.error()));
    items_lost_ += said->items_lost;
    tasks_.take(into, said->items, seconds_of(now));
    return {};
}

auto knowledge::take_log(topology::snapshot& into, const std::string& upid, std::string_view body)
    -> outcome {
    const auto log = read_task_log(body);
    if (!log) return unexpected(log.error());
    tasks_.take_log(into, upid, *log);
    return {};
}

void knowledge::note_asked(const api_call& call, wall_time now) {
    if (call.what != ask::disks_with_smart) return;
    auto next = std::make_shared<topology::snapshot>(*latest_);
    const auto of = std::ranges::find(next->nodes, call.node, &node::name);
    if (of == next->nodes.end()) return;
    of->smart_asked_s = seconds_of(now);
    latest_ = std::move(next);
}

void knowledge::forget_log(std::string_view upid) {
    auto next = std::make_shared<topology::snapshot>(*latest_);
    tasks_.give_up_log(*next, std::string(upid));
    if (*next != *latest_) latest_ = std::move(next);
}

}  // namespace relay::topology
