#include "relay/topology/api_call.hpp"

#include "relay/base/check.hpp"

#include <fmt/format.h>

#include <array>

namespace relay::topology {
namespace {

/// RFC 3986, section 2.3: what need not be escaped.
bool is_unreserved(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

struct call_path {
    ask what;
    std::string_view name;  // for people, without what differs from call to call
    std::string_view path;  // {0}: node, {1}: kind, {2}: vmid, {3}: upid, {4}: since
};

constexpr std::array<call_path, ask_count> calls{{
    {ask::permissions, "access/permissions", "access/permissions"},
    {ask::version, "version", "version"},
    {ask::cluster_status, "cluster/status", "cluster/status"},
    {ask::nodes, "nodes", "nodes"},
    {ask::cluster_resources, "cluster/resources", "cluster/resources"},
    {ask::ha_status, "cluster/ha/status/current", "cluster/ha/status/current"},
    {ask::cluster_tasks, "cluster/tasks", "cluster/tasks"},
    {ask::pools, "pools", "pools"},
    {ask::replication_jobs, "cluster/replication", "cluster/replication"},
    {ask::not_backed_up, "cluster/backup-info/not-backed-up", "cluster/backup-info/not-backed-up"},
    {ask::ceph_status, "cluster/ceph/status", "cluster/ceph/status"},
    {ask::node_status, "node/status", "nodes/{0}/status"},
    {ask::subscription, "node/subscription", "nodes/{0}/subscription"},
    {ask::certificates, "node/certificates", "nodes/{0}/certificates/info"},
    {ask::zfs_pools, "node/disks/zfs", "nodes/{0}/disks/zfs"},
    {ask::disks, "node/disks", "nodes/{0}/disks/list?skipsmart=1"},
    {ask::disks_with_smart, "node/disks/smart", "nodes/{0}/disks/list"},
    {ask::node_replication, "node/replication", "nodes/{0}/replication"},
    {ask::node_storages, "node/storage", "nodes/{0}/storage"},
    {ask::backup_tasks, "node/tasks",
     "nodes/{0}/tasks?typefilter=vzdump&source=all&limit=1000&since={4}"},
    {ask::task_log, "node/task/log", "nodes/{0}/tasks/{3}/log?limit=100000"},
    {ask::guest_config, "guest/config", "nodes/{0}/{1}/{2}/config"},
    {ask::guest_addresses, "guest/addresses", ""},  // the kinds' paths differ
}};

const call_path& entry(ask what) noexcept {
    const auto& found = calls[static_cast<std::size_t>(what)];
    RELAY_CHECK(found.what == what);
    return found;
}

std::string_view path_pattern(const api_call& call) noexcept {
    const bool qemu = call.guest.kind == guest_kind::qemu;
    // Without `current` Proxmox would show changes that wait for the next start of the guest.
    if (call.what == ask::guest_config && qemu) return "nodes/{0}/{1}/{2}/config?current=1";
    if (call.what != ask::guest_addresses) return entry(call.what).path;
    return qemu ? "nodes/{0}/{1}/{2}/agent/network-get-interfaces" : "nodes/{0}/{1}/{2}/interfaces";
}

}  // namespace

std::string_view to_string(ask what) noexcept {
    return entry(what).name;
}

std::string path_of(const api_call& call) {
    return "/api2/json/" + fmt::format(fmt::runtime(path_pattern(call)), escaped(call.node),
                                       to_string(call.guest.kind), call.guest.vmid,
                                       escaped(call.upid), call.since_s);
}

}  // namespace relay::topology
