// What the plan takes from a snapshot: whom there is to ask, what has changed, what may be asked.
#include "relay/topology/plan.hpp"
#include "relay/topology/spare_url.hpp"
#include "relay/topology/timetable.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

// A node that is down stays down for longer than an address does that is being restarted.
constexpr breaker::bounds node_pause{30s, 10min};

constexpr ask of_every_node[] = {ask::node_status, ask::subscription, ask::certificates,
                                 ask::zfs_pools,   ask::disks,        ask::backup_tasks};

/// What a guest's configuration may have changed with; a lock that is gone is looked at apart.
std::size_t look_of(const guest& one) {
    std::size_t seed = 0;
    const auto mix = [&seed](std::size_t more) {
        seed ^= more + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
    };
    const std::hash<std::string_view> text;
    mix(text(one.node));
    mix(text(one.name));
    for (const auto& tag : one.tags)
        mix(text(tag));
    mix(std::hash<double>{}(one.cpus.value_or(-1)));
    mix(one.memory_bytes.value_or(0));
    mix(one.disk_bytes.value_or(0));
    return seed;
}

bool has_addresses(const guest& one) {
    if (one.status != "running" || one.is_template) return false;
    return one.id.kind == guest_kind::lxc || (one.config && one.config->has_agent);
}

}  // namespace

void plan::learn(const snapshot& now_known, moment now) {
    has_ceph_ = !now_known.ceph_health.empty();
    learn_nodes(now_known, now);
    if (options_.asks_others) learn_spares(now_known);
    learn_guests(now_known, now.steady);
    learn_rights(now_known, now.steady);
}

/// A restart of the relay is no reason to wake disks: an earlier run's question counts.
void plan::ensure_smart(const node& of, moment now) {
    const api_call call{.what = ask::disks_with_smart, .node = of.name};
    if (!options_.asks_smart || jobs_.contains(key_of(call))) return;
    const auto ago = now.wall - wall_time(std::chrono::seconds(of.smart_asked_s));
    const bool is_recent = ago >= 0s && ago < period_of(call.what);
    const auto rest = is_recent ? period_of(call.what) - ago : std::chrono::nanoseconds(0);
    add(call, now.steady + std::max<std::chrono::nanoseconds>(rest, first_wait(call.what)));
}

void plan::learn_nodes(const snapshot& all, moment now) {
    std::erase_if(nodes_, [&](const auto& one) { return all.find_node(one.first) == nullptr; });
    std::erase_if(jobs_, [&](const auto& one) {
        return scope_of(one.second.call.what) == scope::node &&
               !nodes_.contains(one.second.call.node) &&
               all.find_node(one.second.call.node) == nullptr;
    });
    for (const auto& one : all.nodes) {
        auto& known =
            nodes_.try_emplace(one.name, known_node{.health = breaker(node_pause)}).first->second;
        // What a node without quorum says of the others is not in a snapshot.
        known.is_offline = one.status == "offline";
        for (const auto what : of_every_node)
            ensure({.what = what, .node = one.name}, now.steady);
        ensure_smart(one, now);
    }
    for (const auto& one : all.replication) {
        if (nodes_.contains(one.source))
            ensure({.what = ask::node_replication, .node = one.source}, now.steady);
    }
    // Only where something is wrong: the answer activates every storage.
    for (const auto& one : all.storages) {
        if (one.status == "unknown" && nodes_.contains(one.node)) {
            ensure({.what = ask::node_storages, .node = one.node}, now.steady);
        }
    }
}

/// Whether a configured address is this node's, as far as can be told.
bool plan::has_address(const node& one) const {
    const auto is_its = [&](const address& at) {
        if (at.is_spare) return false;
        const auto url = spare_url(at.url, one.address);
        return at.node == one.name || url == at.url || (url && *url + "/" == at.url);
    };
    return std::ranges::any_of(addresses_, is_its);
}

void plan::learn_spares(const snapshot& all) {
    for (auto& one : addresses_)
        one.is_gone = one.is_spare;
    for (const auto& one : all.nodes) {
        auto url = spare_url(options_.addresses.front(), one.address);
        if (!url || has_address(one)) continue;
        const auto is_its = [&](const address& at) { return at.is_spare && at.node == one.name; };
        auto at = std::ranges::find_if(addresses_, is_its);
        if (at == addresses_.end()) {
            at = addresses_.insert(at, {.node = one.name, .health = breaker(address_pause)});
        }
        at->is_spare = true;
        at->is_gone = false;
        at->url = std::move(*url);
    }
}

void plan::learn_guests(const snapshot& all, steady_time now) {
    std::erase_if(jobs_, [&](const auto& one) {
        const auto& call = one.second.call;
        if (scope_of(call.what) != scope::guest) return false;
        const auto* const known = all.find_guest(call.guest.vmid);
        if (known == nullptr || known->id != call.guest) return true;
        return call.what == ask::guest_addresses && !has_addresses(*known);
    });
    for (const auto& one : all.guests)
        learn_guest(one, now);
}

void plan::learn_guest(const guest& one, steady_time now) {
    const api_call config{.what = ask::guest_config, .node = one.node, .guest = one.id};
    ensure(config, now);
    auto& asked = jobs_.at(key_of(config));
    asked.call.node = one.node;
    const auto look = look_of(one);
    const bool is_unlocked = asked.was_locked && one.lock.empty();
    const bool is_changed = asked.look != 0 && (asked.look != look || is_unlocked);
    if (is_changed && !asked.is_aside) {
        asked.due = std::min(asked.due, now);
        asked.is_stale = asked.is_asked;
        asked.failures = 0;
    }
    asked.look = look;
    asked.was_locked = !one.lock.empty();
    if (!options_.asks_addresses || !has_addresses(one)) return;
    const api_call addresses{.what = ask::guest_addresses, .node = one.node, .guest = one.id};
    ensure(addresses, now);
    jobs_.at(key_of(addresses)).call.node = one.node;
}

void plan::learn_rights(const snapshot& all, steady_time now) {
    if (all.rights == rights_) return;
    const bool had_some = rights_.has_value();
    rights_ = all.rights;
    if (!had_some) return;
    // What was not allowed may be now.
    for (auto& [key, one] : jobs_) {
        if (!std::exchange(one.is_aside, false)) continue;
        one.due = std::min(one.due, now);
    }
    std::erase_if(told_, [](const auto& key) { return key.starts_with("403"); });
}

}  // namespace relay::topology
