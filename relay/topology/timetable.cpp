#include "relay/topology/timetable.hpp"

#include "relay/base/check.hpp"

#include <array>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

struct entry {
    ask what;
    int rank;
    std::chrono::seconds period;
};

// cluster_resources follows each cluster_status, at the same node, whose quorum says whether it can
// be believed; its own period counts where cluster_status may not be read.
constexpr std::array<entry, ask_count> entries{{
    {ask::permissions, 2, 1h},
    {ask::version, 4, 1h},
    {ask::cluster_status, 0, 30s},
    {ask::nodes, 3, 1h},
    {ask::cluster_resources, 1, 30s},
    {ask::ha_status, 5, 60s},
    {ask::cluster_tasks, 6, 60s},
    {ask::pools, 7, 1h},
    {ask::replication_jobs, 8, 10min},
    {ask::not_backed_up, 9, 1h},
    {ask::ceph_status, 10, 2min},

    {ask::node_status, 11, 10min},
    {ask::subscription, 19, 6h},
    {ask::certificates, 18, 6h},
    {ask::zfs_pools, 13, 5min},
    {ask::disks, 16, 1h},
    {ask::disks_with_smart, 20, 24h},
    {ask::node_replication, 14, 5min},
    {ask::node_storages, 12, 15min},
    {ask::backup_tasks, 15, 10min},
    {ask::task_log, 17, 1h},

    {ask::guest_config, 21, 6h},
    {ask::guest_addresses, 22, 1h},
}};

const entry& of(ask what) noexcept {
    const auto& found = entries[static_cast<std::size_t>(what)];
    RELAY_CHECK(found.what == what);
    return found;
}

}  // namespace

scope scope_of(ask what) noexcept {
    if (what >= ask::guest_config) return scope::guest;
    return what >= ask::node_status ? scope::node : scope::cluster;
}

std::chrono::seconds period_of(ask what) noexcept {
    return of(what).period;
}

int rank_of(ask what) noexcept {
    return of(what).rank;
}

bool is_slow(ask what) noexcept {
    return what == ask::disks_with_smart || what == ask::disks || what == ask::node_storages ||
           what == ask::zfs_pools || what == ask::guest_addresses;
}

}  // namespace relay::topology
