// The table of all that Proxmox VE 7 to 9 and Proxmox Backup Server 2 to 4 push, and of what the
// relay says itself: one entry for each kind of line, one row for each of its fields.
// Pure and constexpr. Looked at when a line is named, once per line that is known, and when
// documents are made; per line only by known_fields.hpp.
#pragma once

#include "relay/schema/backup_rows.hpp"
#include "relay/schema/guest_rows.hpp"
#include "relay/schema/node_rows.hpp"
#include "relay/schema/own_rows.hpp"
#include "relay/schema/storage_rows.hpp"

#include <span>
#include <string_view>

namespace relay::schema {

namespace detail {

inline constexpr std::string_view of_guest = "node, vmid, type, name";
inline constexpr std::string_view of_device = "node, vmid, type, name, device";
inline constexpr std::string_view no_presence =
    "before the relay has listened for three cycles, or where presence is switched off";
inline constexpr std::string_view presence =
    "what is pushed, and the API where it is asked; every 30 s";
inline constexpr std::string_view config =
    "/nodes/{node}/{qemu or lxc}/{vmid}/config, on first sight, on change and every 6 h";

}  // namespace detail

// Where a kind of line has two entries, that of the tag stands first. The order is that of
// docs/naming.md.
inline constexpr line_rows line_table[] = {
    {object::node, "system", "proxmox_ve_node", "", "node", node_system_rows},
    {object::node, "cpustat", "proxmox_ve_node", "", "node", node_cpustat_rows},
    {object::node, "memory", "proxmox_ve_node", "", "node", node_memory_rows},
    {object::node, "blockstat", "proxmox_ve_node", "", "node", node_blockstat_rows},
    {object::node, "nics", "proxmox_ve_node", "", "node, device", node_nics_rows},
    {guests, "system", "proxmox_ve_guest", "", detail::of_guest, guest_system_rows},
    {object::qemu, "system", "proxmox_ve_guest", "", detail::of_guest, qemu_system_rows},
    {object::lxc, "system", "proxmox_ve_guest", "", detail::of_guest, lxc_system_rows},
    {object::qemu, "ballooninfo", "proxmox_ve_guest", "", detail::of_guest, qemu_ballooninfo_rows,
     "no balloon device, the guest is stopped, or QEMU does not answer"},
    {object::qemu, "blockstat", "proxmox_ve_guest", "", detail::of_device, qemu_blockstat_rows,
     "the guest is stopped, or QEMU does not answer"},
    {object::qemu, "nics", "proxmox_ve_guest", "", detail::of_device, guest_nics_rows,
     "the guest is stopped"},
    {object::qemu, "proxmox-support", "proxmox_ve_guest", "", detail::of_guest, qemu_support_rows,
     "the guest is stopped, or QEMU does not answer"},
    {object::storage, "system", "proxmox_ve_storage", "", "node, storage, type, shared",
     storage_system_rows, "the storage is not active: its absence is all that says so"},

    {object::backup_host, "cpustat", "proxmox_bs_host", "", "node", backup_cpustat_rows},
    {object::backup_host, "memory", "proxmox_bs_host", "", "node", backup_memory_rows},
    {object::backup_host, "nics", "proxmox_bs_host", "", "node, device", backup_nics_rows},
    {object::backup_host, "blockstat", "proxmox_bs_datastore", "datastore", "node, datastore",
     datastore_rows, "the datastore is in maintenance or not mounted"},
    {object::backup_host, "blockstat", "proxmox_bs_host", "", "node", backup_root_rows},

    {object::cluster, "relay_up", "proxmox_ve_cluster", "", "", up_rows, detail::no_presence,
     detail::presence},
    {object::node, "relay_up", "proxmox_ve_node", "", "node", up_rows, detail::no_presence,
     detail::presence},
    {guests, "relay_up", "proxmox_ve_guest", "", detail::of_guest, up_rows, detail::no_presence,
     detail::presence},
    {object::storage, "relay_up", "proxmox_ve_storage", "", "node, storage, type", up_rows,
     detail::no_presence, detail::presence},
    {object::backup_host, "relay_up", "proxmox_bs_host", "", "node", up_rows, detail::no_presence,
     detail::presence},
    {object::cluster, "relay_cluster_info", "proxmox_ve_cluster", "", "", cluster_info_rows,
     "without the API", "/cluster/resources and /cluster/status, every 30 to 60 s"},
    {object::cluster, "relay_ceph", "proxmox_ve_cluster_ceph", "", "", ceph_rows, "without Ceph",
     "/cluster/ceph/status"},
    {object::cluster, "relay_failed_tasks", "proxmox_ve_cluster", "", "type", failed_tasks_rows,
     "none failed yet", "/cluster/tasks, every minute"},
    {object::pool, "relay_pool_info", "proxmox_ve_pool", "", "pool", pool_info_rows,
     "without pools", "/pools, every hour; its guests from /cluster/resources"},
    {object::node, "relay_node_info", "proxmox_ve_node", "", "node", node_info_rows,
     "without the API",
     "/cluster/resources and /cluster/status; hardware and versions from /nodes/{node}/status, "
     "every 10 min"},
    {object::node, "relay_subscription", "proxmox_ve_node_subscription", "", "node",
     subscription_rows, "not asked yet", "/nodes/{node}/subscription"},
    {object::node, "relay_certificate", "proxmox_ve_node_certificate", "", "node, device",
     certificate_rows, "not asked yet", "/nodes/{node}/certificates/info"},
    {object::node, "relay_zfs_pool", "proxmox_ve_node_zfs_pool", "", "node, device", zfs_pool_rows,
     "a node without ZFS, or not asked yet", "/nodes/{node}/disks/zfs, every 5 min"},
    {object::node, "relay_disk", "proxmox_ve_node_disk", "", "node, device", disk_rows,
     "not asked yet", "/nodes/{node}/disks/list every hour, its SMART health at most twice a day"},
    {guests, "relay_guest_info", "proxmox_ve_guest", "", detail::of_guest, guest_info_rows,
     "without the API",
     "/cluster/resources, every 30 s; configuration on first sight, on change and every 6 h"},
    {guests, "relay_guest_nic", "proxmox_ve_guest_nic", "", detail::of_device, guest_nic_rows,
     "the configuration was not read yet", detail::config},
    {guests, "relay_guest_drive", "proxmox_ve_guest_drive", "", detail::of_device, guest_drive_rows,
     "the configuration was not read yet; CD drives", detail::config},
    {guests, "relay_backup", "proxmox_ve_guest_backup", "", detail::of_guest, backup_rows,
     "no backup of the guest was seen yet",
     "task logs of vzdump, every 10 min; kept over restarts"},
    {guests, "relay_replication", "proxmox_ve_guest_replication", "", detail::of_device,
     replication_rows, "without replication",
     "/cluster/replication; /nodes/{node}/replication, every 5 min"},
    {object::ha_service, "relay_ha_service", "proxmox_ve_ha_service", "", "node, service",
     ha_service_rows, "without high availability", "/cluster/ha/status/current, every minute"},
};

/// What the relay notices: text for people, of which no series is made (docs/presence.md).
inline constexpr std::string_view event_measurement = "relay_event";

/// Measurements that begin so are the relay's own.
inline constexpr std::string_view own_measurement_start = "relay_";

/// The row of a field in those lines, or null.
[[nodiscard]] constexpr const field_row* find_row(const line_rows& lines,
                                                  std::string_view field) noexcept {
    for (const auto& row : lines.rows) {
        if (row.field == field) return &row;
    }
    return nullptr;
}

/// A field of a line, and the lines that it belongs to.
struct found_row {
    const line_rows* lines = nullptr;  // null: the table knows no such line
    const field_row* row = nullptr;    // null: … no such field in it
};

/// @param has_tag whether the line has a tag of that key
template <class HasTag>
[[nodiscard]] constexpr found_row find(object what, std::string_view measurement,
                                       std::string_view field, HasTag has_tag) noexcept {
    found_row found;
    for (const auto& lines : line_table) {
        if (lines.measurement != measurement || !lines.objects.contains(what)) continue;
        if (!lines.only_tag.empty() && !has_tag(lines.only_tag)) continue;
        if (found.lines == nullptr) found.lines = &lines;
        if (const auto* row = find_row(lines, field)) return {&lines, row};
        if (!lines.only_tag.empty()) break;
    }
    return found;
}

}  // namespace relay::schema
