// What can be asked of a Proxmox cluster, and nothing else: every call is a GET of one of these
// paths. Pure values; who asks when is the plan's business, what comes back is api_reply's.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace relay::topology {

/// The calls, in the order of the polling plan. Which right each needs: docs/topology.md.
enum class ask : std::uint8_t {
    permissions,        // /access/permissions
    version,            // /version
    cluster_status,     // /cluster/status
    nodes,              // /nodes: fingerprints, levels
    cluster_resources,  // /cluster/resources
    ha_status,          // /cluster/ha/status/current
    cluster_tasks,      // /cluster/tasks
    pools,              // /pools
    replication_jobs,   // /cluster/replication
    not_backed_up,      // /cluster/backup-info/not-backed-up
    ceph_status,        // /cluster/ceph/status

    // Of one node.
    node_status,       // /nodes/{node}/status
    subscription,      // /nodes/{node}/subscription
    certificates,      // /nodes/{node}/certificates/info
    zfs_pools,         // /nodes/{node}/disks/zfs
    disks,             // /nodes/{node}/disks/list?skipsmart=1
    disks_with_smart,  // /nodes/{node}/disks/list
    node_replication,  // /nodes/{node}/replication
    node_storages,     // /nodes/{node}/storage
    backup_tasks,      // /nodes/{node}/tasks?typefilter=vzdump&since=…
    task_log,          // /nodes/{node}/tasks/{upid}/log

    // Of one guest.
    guest_config,     // /nodes/{node}/{kind}/{vmid}/config?current=1 (qemu), …/config (lxc)
    guest_addresses,  // …/agent/network-get-interfaces (qemu), …/interfaces (lxc)
};

inline constexpr std::size_t ask_count = static_cast<std::size_t>(ask::guest_addresses) + 1;

/// "cluster/resources": the call's name in metrics and log.
[[nodiscard]] std::string_view to_string(ask what) noexcept;

struct api_call {
    ask what = ask::version;
    std::string node{};        // where the call names one
    guest_id guest{};          // where the call names one
    std::string upid{};        // task_log
    std::int64_t since_s = 0;  // backup_tasks, seconds since 1970

    bool operator==(const api_call&) const = default;
};

/// Path and query, percent-encoded: "/api2/json/nodes/pve1/status".
[[nodiscard]] std::string path_of(const api_call& call);

}  // namespace relay::topology
