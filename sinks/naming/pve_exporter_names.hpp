// The contract of prometheus-pve-exporter 3.10 (https://github.com/prometheus-pve/
// prometheus-pve-exporter): which of its metrics which field gives.
#pragma once

#include "relay/schema/table.hpp"
#include "sinks/naming/metric_family.hpp"

#include <span>
#include <string_view>

namespace relay::sinks {

/// A number that is the metric's as it is. A field may be two: the exporter keeps deprecated names.
struct pve_exporter_row {
    schema::objects objects;
    std::string_view measurement;
    std::string_view field;
    std::string_view metric;
};

inline constexpr pve_exporter_row pve_exporter_rows[] = {
    {schema::object::node, "cpustat", "cpu", "pve_cpu_usage_ratio"},
    {schema::object::node, "cpustat", "cpus", "pve_cpu_usage_limit"},
    {schema::object::node, "memory", "memtotal", "pve_memory_size_bytes"},
    {schema::object::node, "memory", "memused", "pve_memory_usage_bytes"},
    {schema::object::node, "blockstat", "blocks", "pve_disk_size_bytes"},
    {schema::object::node, "blockstat", "used", "pve_disk_usage_bytes"},
    {schema::object::node, "system", "uptime", "pve_uptime_seconds"},

    {schema::guests, "system", "cpu", "pve_cpu_usage_ratio"},
    {schema::guests, "system", "cpus", "pve_cpu_usage_limit"},
    {schema::guests, "system", "disk", "pve_disk_usage_bytes"},
    {schema::guests, "system", "diskread", "pve_disk_read_bytes"},
    {schema::guests, "system", "diskread", "pve_disk_read_bytes_total"},
    {schema::guests, "system", "diskwrite", "pve_disk_write_bytes"},
    {schema::guests, "system", "diskwrite", "pve_disk_written_bytes_total"},
    {schema::guests, "system", "maxdisk", "pve_disk_size_bytes"},
    {schema::guests, "system", "maxmem", "pve_memory_size_bytes"},
    {schema::guests, "system", "mem", "pve_memory_usage_bytes"},
    {schema::guests, "system", "netin", "pve_network_receive_bytes"},
    {schema::guests, "system", "netin", "pve_network_receive_bytes_total"},
    {schema::guests, "system", "netout", "pve_network_transmit_bytes"},
    {schema::guests, "system", "netout", "pve_network_transmit_bytes_total"},
    {schema::guests, "system", "uptime", "pve_uptime_seconds"},

    {schema::object::storage, "system", "shared", "pve_storage_shared"},
    {schema::object::storage, "system", "total", "pve_disk_size_bytes"},
    {schema::object::storage, "system", "used", "pve_disk_usage_bytes"},

    {schema::object::cluster, "relay_cluster_info", "guests_without_backup_job",
     "pve_not_backed_up_total"},
    {schema::object::node, "relay_subscription", "ends_timestamp_seconds",
     "pve_subscription_next_due_timestamp_seconds"},
    {schema::guests, "relay_replication", "duration_seconds", "pve_replication_duration_seconds"},
    {schema::guests, "relay_replication", "failures", "pve_replication_failed_syncs"},
    {schema::guests, "relay_replication", "last_sync_timestamp_seconds",
     "pve_replication_last_sync_timestamp_seconds"},
    {schema::guests, "relay_replication", "last_try_timestamp_seconds",
     "pve_replication_last_try_timestamp_seconds"},
    {schema::guests, "relay_replication", "next_sync_timestamp_seconds",
     "pve_replication_next_sync_timestamp_seconds"},
};

/// What the naming `pve-exporter` gives.
[[nodiscard]] const metric_families& pve_exporter_families();

/// What the exporter has and the relay cannot give.
struct missing_metric {
    std::string_view name;
    std::string_view reason;
};
[[nodiscard]] std::span<const missing_metric> pve_exporter_missing() noexcept;

}  // namespace relay::sinks
