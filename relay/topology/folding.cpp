#include "relay/topology/folding.hpp"

#include "relay/topology/api_reply.hpp"
#include "relay/topology/merge.hpp"

#include <algorithm>
#include <utility>

namespace relay::topology {
namespace {

using folded = expected<std::size_t, std::string>;

/// What is left of `found` is what `use(its value)` makes of it.
template <class T, class Use>
folded use_value(reply<T> found, Use&& use) {
    if (!found) return unexpected(std::move(found.error()));
    use(std::move(*found));
    return std::size_t{0};
}

template <class T, class Use>
folded use_list(reply<reply_list<T>> found, Use&& use) {
    if (!found) return unexpected(std::move(found.error()));
    use(std::move(found->items));
    return found->items_lost;
}

node* node_in(snapshot& all, std::string_view name) {
    const auto at = std::ranges::find(all.nodes, name, &node::name);
    return at == all.nodes.end() ? nullptr : &*at;
}

guest* guest_in(snapshot& all, const guest_id& id) {
    const auto at = std::ranges::find(all.guests, id, &guest::id);
    return at == all.guests.end() ? nullptr : &*at;
}

/// An address counts only on a card that the guest's configuration names.
void keep_own_addresses(guest& of, std::vector<guest_address> found) {
    std::erase_if(found, [&of](const guest_address& one) {
        return !of.config || one.mac.empty() ||
               std::ranges::find(of.config->cards, one.mac, &network_card::mac) ==
                   of.config->cards.end();
    });
    of.addresses = std::move(found);
}

/// The jobs that there are, each with how it went as far as that is known.
void set_jobs(snapshot& into, const std::vector<replication_reply>& jobs) {
    std::vector<replication_job> now;
    for (const auto& said : jobs) {
        auto job = said.job;
        const auto known = std::ranges::find(into.replication, job.id, &replication_job::id);
        if (known != into.replication.end()) {
            job = *known;
            job.source = said.job.source;
            job.target = said.job.target;
            job.is_disabled = said.job.is_disabled;
        }
        if (const auto* guest = into.find_guest(job.guest.vmid)) job.guest = guest->id;
        now.push_back(std::move(job));
    }
    std::ranges::sort(now, {}, &replication_job::id);
    into.replication = std::move(now);
}

/// How the jobs of one node went.
void update_jobs(snapshot& into, const std::vector<replication_reply>& jobs) {
    for (const auto& said : jobs) {
        const auto known = std::ranges::find(into.replication, said.job.id, &replication_job::id);
        if (known != into.replication.end()) {
            *known = said.job;
        } else {
            into.replication.push_back(said.job);
        }
    }
    std::ranges::sort(into.replication, {}, &replication_job::id);
}

void set_backup_jobs(snapshot& into, const std::vector<std::uint32_t>& without) {
    for (auto& one : into.guests)
        one.is_in_backup_job = !std::ranges::binary_search(without, one.id.vmid);
}

void set_node_status(node& known, node said) {
    known.version = std::move(said.version);
    known.kernel = std::move(said.kernel);
    known.cpu_model = std::move(said.cpu_model);
    known.cpus = said.cpus;
    known.sockets = said.sockets;
    known.memory_bytes = said.memory_bytes;
}

void set_subscription(node& known, node said) {
    known.subscription = std::move(said.subscription);
    known.subscription_ends_s = said.subscription_ends_s;
    if (!said.level.empty()) known.level = std::move(said.level);
}

/// Without SMART an answer says nothing about health: what was last known of a disk stays.
void set_disks(node& known, std::vector<physical_disk> said, ask what) {
    for (auto& disk : said) {
        if (what == ask::disks_with_smart) break;
        const auto old = std::ranges::find_if(known.disks, [&disk](const physical_disk& one) {
            return one.device == disk.device && one.serial == disk.serial;
        });
        if (old == known.disks.end()) continue;
        if (disk.health.empty()) disk.health = old->health;
        if (!disk.life_left_ratio) disk.life_left_ratio = old->life_left_ratio;
    }
    known.disks = std::move(said);
}

void set_active(snapshot& into, std::string_view node, const std::vector<storage>& said) {
    for (const auto& one : said) {
        for (auto& known : into.storages) {
            if (known.node == node && known.name == one.name) known.is_active = one.is_active;
        }
    }
}

folded fold_of_node(snapshot& into, node& of, ask what, std::string_view body) {
    switch (what) {
        case ask::node_status:
            return use_value(read_node_status(body),
                             [&of](node said) { set_node_status(of, std::move(said)); });
        case ask::subscription:
            return use_value(read_subscription(body),
                             [&of](node said) { set_subscription(of, std::move(said)); });
        case ask::certificates:
            return use_list(read_certificates(body),
                            [&of](auto said) { of.certificates = std::move(said); });
        case ask::zfs_pools:
            return use_list(read_zfs_pools(body), [&of](auto said) { of.zfs = std::move(said); });
        case ask::disks:
        case ask::disks_with_smart:
            return use_list(read_disks(body),
                            [&](auto said) { set_disks(of, std::move(said), what); });
        case ask::node_replication:
            return use_list(read_replication(body),
                            [&into](const auto& said) { update_jobs(into, said); });
        case ask::node_storages:
            return use_list(read_node_storages(body),
                            [&](const auto& said) { set_active(into, of.name, said); });
        default:
            return std::size_t{0};
    }
}

folded fold_of_guest(guest& of, ask what, std::string_view body) {
    if (what == ask::guest_config) {
        return use_value(read_guest_config(of.id.kind, body), [&of](guest_config said) {
            of.config = std::move(said);
            keep_own_addresses(of, std::move(of.addresses));
        });
    }
    return use_value(read_guest_addresses(of.id.kind, body),
                     [&of](auto said) { keep_own_addresses(of, std::move(said)); });
}

void update_fingerprints(snapshot& into, const std::vector<node>& said) {
    update_nodes(into.nodes, said, [](node& known, const node& one) {
        if (!one.fingerprint.empty()) known.fingerprint = one.fingerprint;
        if (!one.level.empty()) known.level = one.level;
    });
}

}  // namespace

folded fold_answer(snapshot& into, const api_call& call, std::string_view body) {
    switch (call.what) {
        case ask::nodes:
            return use_list(read_nodes(body),
                            [&into](const auto& said) { update_fingerprints(into, said); });
        case ask::ha_status:
            return use_list(read_ha_services(body),
                            [&into](auto said) { into.ha = std::move(said); });
        case ask::pools:
            return use_list(read_pools(body), [&into](auto said) { into.pools = std::move(said); });
        case ask::replication_jobs:
            return use_list(read_replication(body),
                            [&into](const auto& said) { set_jobs(into, said); });
        case ask::not_backed_up:
            return use_list(read_not_backed_up(body),
                            [&into](const auto& said) { set_backup_jobs(into, said); });
        case ask::ceph_status:
            return use_value(read_ceph_health(body),
                             [&into](auto said) { into.ceph_health = std::move(said); });
        case ask::guest_config:
        case ask::guest_addresses:
            if (auto* of = guest_in(into, call.guest)) return fold_of_guest(*of, call.what, body);
            return std::size_t{0};
        default:
            if (auto* of = node_in(into, call.node))
                return fold_of_node(into, *of, call.what, body);
            return std::size_t{0};
    }
}

}  // namespace relay::topology
