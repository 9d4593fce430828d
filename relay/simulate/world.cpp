#include "relay/simulate/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <utility>

namespace relay::simulate {
namespace {

constexpr std::uint64_t gib = 1ull << 30;

// Everything was started in the eight weeks before this second (2023-11-14), so that counters have
// the digits that counters in the field have.
constexpr std::int64_t latest_start = 1'700'000'000;
constexpr std::uint64_t start_spread = 8 * 7 * 86'400;

// What a key is drawn for; two draws for one thing must not be the same draw.
enum draw : std::uint64_t {
    started,
    cpu_count,
    memory,
    disk,
    state,
    tags,
    unnamed,
    balloon,
    pool,
    managed
};

std::int64_t start_of(key own) {
    return latest_start - static_cast<std::int64_t>(between(mix(own, started), 0, start_spread));
}

std::string name_of(const guest& it) {
    static constexpr std::array<std::string_view, 8> jobs{"web",   "db",  "mail",  "build",
                                                          "proxy", "dns", "files", "cache"};
    const bool is_unnamed = mix(it.own, unnamed) % 11 == 0;
    if (is_unnamed) return fmt::format("{}{}", it.kind == guest_kind::qemu ? "VM " : "CT", it.vmid);
    const auto job = jobs[it.own % jobs.size()];
    const auto domain = it.own % 5 == 0 ? ".example.com" : "";
    return fmt::format("{}-{}{}", job, it.vmid, domain);
}

std::string tags_of(const guest& it) {
    static constexpr std::array<std::string_view, 4> sets{"", "prod", "prod;web", "test"};
    return std::string(sets[mix(it.own, tags) % sets.size()]);
}

std::string pool_of(key own) {
    static constexpr std::array<std::string_view, 5> pools{"", "prod", "test", "acme", "acme/web"};
    return std::string(pools[mix(own, pool) % pools.size()]);
}

guest_state state_of(key own) {
    const auto drawn = mix(own, state) % 40;
    if (drawn == 0) return guest_state::template_image;
    return drawn <= 2 ? guest_state::stopped : guest_state::running;
}

balloon_state balloon_of(key own) {
    const auto drawn = mix(own, balloon) % 16;
    if (drawn == 0) return balloon_state::none;
    return drawn <= 2 ? balloon_state::device : balloon_state::driver;
}

std::vector<std::string> nics_of(const node& it, bool firewall) {
    std::vector<std::string> nics{"bond0", "eno1", "eno2", "lo", "vmbr0"};
    for (const auto& guest : it.guests)
        std::ranges::move(simulate::nics_of(guest, firewall), std::back_inserter(nics));
    std::ranges::sort(nics);
    return nics;
}

/// @param cluster_key of what all nodes share, @param node_key of what is the node's own
storage make_storage(unsigned index, key cluster_key, key node_key) {
    static const std::array<storage, 4> models{{
        {.name = "local", .type = "dir", .content = {"iso", "vztmpl", "backup"}},
        {.name = "local-zfs", .type = "zfspool", .content = {"images", "rootdir"}},
        {.name = "ceph-rbd", .type = "rbd", .content = {"images", "rootdir"}, .shared = true},
        {.name = "pbs-main", .type = "pbs", .content = {"backup"}, .shared = true},
    }};
    storage it = models[index % models.size()];
    if (index >= models.size()) it.name += fmt::format("-{}", index / models.size() + 1);
    it.own = mix(it.shared ? cluster_key : node_key, 1000 + index);
    it.total_bytes = between(it.own, 100, 20'000) * gib;
    return it;
}

node make_node(const world_options& options, unsigned index, key cluster_key) {
    node it;
    it.own = mix(cluster_key, index);
    it.name = fmt::format("pve{}", index + 1);
    it.cpus = 16u << (mix(it.own, cpu_count) % 3);
    it.memory_bytes = (64 * gib) << (mix(it.own, memory) % 4);
    it.booted_at = start_of(it.own);
    for (unsigned i = 0; i < options.guests_per_node; ++i) {
        const auto vmid = 100 + index * options.guests_per_node + i;
        const bool is_container = (i + 1) % std::max(1u, options.guests_per_container) == 0;
        it.guests.push_back(make_guest(is_container ? guest_kind::lxc : guest_kind::qemu, vmid,
                                       mix(mix(cluster_key, 7), vmid)));
    }
    it.nics = nics_of(it, options.firewall);
    for (unsigned i = 0; i < options.storages; ++i) {
        it.storages.push_back(make_storage(i, cluster_key, it.own));
    }
    return it;
}

constexpr std::uint64_t first_nic = 10'000;

}  // namespace

guest make_guest(guest_kind kind, std::uint32_t vmid, key own) {
    guest it;
    it.kind = kind;
    it.vmid = vmid;
    it.own = own;
    it.state = state_of(own);
    it.name = name_of(it);
    it.tags = tags_of(it);
    it.cpus = 1u << (mix(own, cpu_count) % 4);
    it.memory_bytes = gib << (mix(own, memory) % 5);
    it.disk_bytes = 8 * gib << (mix(own, disk) % 4);
    it.started_at = start_of(own);
    it.pool = pool_of(own);
    it.is_managed = mix(own, managed) % 4 == 0 && it.state != guest_state::template_image;
    if (kind == guest_kind::qemu) {
        it.balloon = balloon_of(own);
        it.disks = {"ide2", "scsi0", "scsi1"};
    }
    return it;
}

std::vector<std::string> nics_of(const guest& it, bool firewall) {
    if (it.state != guest_state::running) return {};
    if (it.kind == guest_kind::lxc) return {fmt::format("veth{}i0", it.vmid)};
    std::vector<std::string> nics{fmt::format("tap{}i0", it.vmid)};
    if (!firewall) return nics;
    nics.push_back(fmt::format("fwbr{}i0", it.vmid));
    nics.push_back(fmt::format("fwln{}i0", it.vmid));
    nics.push_back(fmt::format("fwpr{}p0", it.vmid));
    return nics;
}

key nic_key(const node& it, std::size_t position) {
    return position < it.nic_keys.size() ? it.nic_keys[position]
                                         : mix(it.own, first_nic + position);
}

world make_world(const world_options& options) {
    world result;
    for (unsigned c = 0; c < options.clusters; ++c) {
        cluster& made = result.clusters.emplace_back();
        made.name = fmt::format("cluster{}", c + 1);
        for (unsigned n = 0; n < options.nodes; ++n) {
            made.nodes.push_back(make_node(options, n, mix(options.seed, c)));
        }
    }
    return result;
}

}  // namespace relay::simulate
