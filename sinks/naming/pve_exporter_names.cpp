#include "sinks/naming/pve_exporter_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace relay::sinks {

namespace {

struct described {
    std::string_view name;
    metric_type type;
    std::string_view unit;
    std::string_view labels;
    std::string_view help;
    std::string_view source = {};  // where it is none of pve_exporter_rows
    std::string_view absent = {};
};

constexpr auto gauge = metric_type::gauge;
constexpr auto counter = metric_type::counter;
constexpr std::string_view no_api = "without the API";

constexpr described contract[] = {
    {"pve_cluster_info", gauge, "", "id, nodes, quorate",
     "Always 1. Its labels say how many nodes the cluster has and whether it has a quorum.",
     "relay_cluster_info", no_api},
    {"pve_cpu_usage_limit", gauge, "", "id", "Processors of a node or a guest."},
    {"pve_cpu_usage_ratio", gauge, "ratio", "id", "Share of the processors that was busy."},
    {"pve_disk_read_bytes", gauge, "bytes", "id",
     "Bytes read by a guest since it was started. Deprecated: pve_disk_read_bytes_total."},
    {"pve_disk_read_bytes_total", counter, "bytes", "id",
     "Bytes read by a guest since it was started."},
    {"pve_disk_size_bytes", gauge, "bytes", "id",
     "Size of a storage, of a guest's boot disk, of a node's root file system."},
    {"pve_disk_usage_bytes", gauge, "bytes", "id",
     "Used space of a storage, a container's root file system, a node's root file system; 0 for "
     "virtual machines."},
    {"pve_disk_write_bytes", gauge, "bytes", "id",
     "Bytes written by a guest since it was started. Deprecated: pve_disk_written_bytes_total."},
    {"pve_disk_written_bytes_total", counter, "bytes", "id",
     "Bytes written by a guest since it was started."},
    {"pve_guest_info", gauge, "", "id, node, name, type, template, tags",
     "Always 1. Its labels say what the guest is.", "system, relay_guest_info"},
    {"pve_ha_state", gauge, "", "id, state",
     "1 for the state of a guest or a node in high availability; 0 for all where it has none.",
     "relay_guest_info.ha_state, relay_node_info.ha_state", no_api},
    {"pve_lock_state", gauge, "", "id, state", "1 for what holds a guest's configuration locked.",
     "system.lock"},
    {"pve_memory_size_bytes", gauge, "bytes", "id", "Memory of a node or a guest."},
    {"pve_memory_usage_bytes", gauge, "bytes", "id", "Memory in use of a node or a guest."},
    {"pve_network_receive_bytes", gauge, "bytes", "id",
     "Bytes received by a guest. Deprecated: pve_network_receive_bytes_total."},
    {"pve_network_receive_bytes_total", counter, "bytes", "id", "Bytes received by a guest."},
    {"pve_network_transmit_bytes", gauge, "bytes", "id",
     "Bytes sent by a guest. Deprecated: pve_network_transmit_bytes_total."},
    {"pve_network_transmit_bytes_total", counter, "bytes", "id", "Bytes sent by a guest."},
    {"pve_node_info", gauge, "", "id, level, name, nodeid",
     "Always 1. Its labels say what the node is.", "system, relay_node_info"},
    {"pve_not_backed_up_info", gauge, "", "id", "1 where no backup job takes care of the guest.",
     "relay_guest_info.in_backup_job", "a job does; without the API"},
    {"pve_not_backed_up_total",
     gauge,
     "",
     "id",
     "Guests that no backup job takes care of.",
     {},
     no_api},
    {"pve_onboot_status", gauge, "", "id, node, type",
     "1 where the guest is started with its node.", "relay_guest_info.starts_at_boot",
     "without the API"},
    {"pve_replication_duration_seconds",
     gauge,
     "seconds",
     "id",
     "What the last replication took.",
     {},
     no_api},
    {"pve_replication_failed_syncs",
     gauge,
     "",
     "id",
     "Failures since the last success.",
     {},
     no_api},
    {"pve_replication_info", gauge, "", "id, type, source, target, guest",
     "Always 1. Its labels say what is replicated from where to where.", "relay_replication",
     no_api},
    {"pve_replication_last_sync_timestamp_seconds",
     gauge,
     "seconds",
     "id",
     "When the last replication that succeeded began.",
     {},
     no_api},
    {"pve_replication_last_try_timestamp_seconds",
     gauge,
     "seconds",
     "id",
     "When the last replication began, whether it succeeded or not.",
     {},
     no_api},
    {"pve_replication_next_sync_timestamp_seconds",
     gauge,
     "seconds",
     "id",
     "When the next replication is due.",
     {},
     no_api},
    {"pve_storage_info", gauge, "", "id, node, storage, plugintype, content",
     "Always 1. Its labels say what the storage is.", "system"},
    {"pve_storage_shared", gauge, "", "id", "1 where all nodes see the same storage."},
    {"pve_subscription_info", gauge, "", "id, level",
     "Always 1. Its label says the level of the node's subscription.", "relay_subscription.level",
     "a node without subscription; without the API"},
    {"pve_subscription_next_due_timestamp_seconds",
     gauge,
     "seconds",
     "id",
     "When the subscription ends.",
     {},
     "a node without subscription; without the API"},
    {"pve_subscription_status", gauge, "", "id, status", "1 for the status of the subscription.",
     "relay_subscription.status", no_api},
    {"pve_up", gauge, "", "id",
     "1 where a node is online, a guest runs, a storage is available, a cluster has a quorum.",
     "relay_up, system"},
    {"pve_uptime_seconds", gauge, "seconds", "id", "Time since a node or a guest was started."},
    {"pve_version_info", gauge, "", "release, version",
     "Always 1. Its labels say the version of Proxmox VE.", "relay_cluster_info.version", no_api},
};

constexpr missing_metric missing[] = {
    {"pve_cluster_info{version}",
     "the version of the cluster's configuration file changes without meaning; the label is left "
     "out"},
    {"pve_qdevice_info, pve_qdevice_up", "a QDevice is not asked for"},
    {"pve_version_info{repoid}", "the commit of a build tells nobody more than its version"},
};

metric_families make_families() {
    metric_families all;
    for (const auto& one : contract) {
        metric_family family{.name = std::string(one.name),
                             .type = one.type,
                             .unit = one.unit,
                             .help = std::string(one.help),
                             .labels = std::string(one.labels),
                             .sources = {},
                             .absent = std::string(one.absent)};
        for (const auto& row : pve_exporter_rows) {
            if (row.metric != one.name) continue;
            auto source = fmt::format("{}.{}", row.measurement, row.field);
            if (std::ranges::find(family.sources, source) == family.sources.end()) {
                family.sources.push_back(std::move(source));
            }
        }
        if (!one.source.empty()) family.sources.emplace_back(one.source);
        all.push_back(std::move(family));
    }
    std::ranges::sort(all, {}, &metric_family::name);
    return all;
}

}  // namespace

const metric_families& pve_exporter_families() {
    static const metric_families all = make_families();
    return all;
}

std::span<const missing_metric> pve_exporter_missing() noexcept {
    return missing;
}

}  // namespace relay::sinks
