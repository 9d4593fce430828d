// What the relay itself says: presence, and what it asked the Proxmox API. Units stand in the
// fields' names; what is not known is left out, never 0.
#pragma once

#include "relay/schema/field_row.hpp"
#include "relay/schema/states.hpp"

namespace relay::schema {

namespace detail {

inline constexpr std::string_view not_asked = "the API did not say, or not yet";
inline constexpr std::string_view no_config = "the guest's configuration was not read yet";
inline constexpr std::string_view no_backup = "none was seen yet";
inline constexpr std::string_view never_synced = "it never ran, or its status was not read yet";

}  // namespace detail

inline constexpr field_row up_rows[] = {
    gauge(
        "up", unit::none, "up",
        "1 where the node reports, the guest runs, the storage is available, the cluster has a "
        "quorum and a node; 0 where not, until the API or a day of silence says that it is gone."),
};

inline constexpr field_row cluster_info_rows[] = {
    gauge("guests", unit::none, "guests", "Guests of the cluster."),
    gauge("guests_without_backup_job", unit::none, "guests_without_backup_job",
          "Guests that no backup job takes care of.", detail::not_asked),
    gauge("nodes", unit::none, "nodes", "Nodes of the cluster."),
    gauge("nodes_online", unit::none, "nodes_online", "Nodes that are online."),
    gauge("quorate", unit::none, "quorate", "1 where the node that was asked has a quorum.",
          detail::not_asked),
    text("version", "info", "version", "version of Proxmox VE on the node that was asked",
         detail::not_asked),
};

inline constexpr field_row ceph_rows[] = {
    text("health", "health", "health", "HEALTH_OK, HEALTH_WARN or HEALTH_ERR"),
    gauge("healthy", unit::none, "healthy", "1 where Ceph says HEALTH_OK."),
};

inline constexpr field_row failed_tasks_rows[] = {
    counter("failures", unit::none, "failed_tasks",
            "Tasks that ended in an error since the relay began to look, by `type`."),
};

inline constexpr field_row pool_info_rows[] = {
    text("comment", "info", "comment", "its comment", "it has none"),
    gauge("guests", unit::none, "guests", "Guests in the pool."),
};

inline constexpr field_row node_info_rows[] = {
    text("address", "info", "address", "address on the cluster's network", detail::not_asked),
    text("cpu_model", "info", "cpu_model", "its processor", detail::not_asked),
    gauge("cpus", unit::none, "hardware_cpus", "Logical processors, as the API says.",
          detail::not_asked),
    state("ha_state", "ha_state", ha_node_states, "State of the node in high availability.",
          "no guest of the cluster is managed"),
    text("kernel", "info", "kernel", "version of its kernel", detail::not_asked),
    text("level", "info", "level", "level of its subscription", "it has none"),
    gauge("memory_bytes", unit::bytes, "hardware_memory", "Memory, as the API says.",
          detail::not_asked),
    word("node_id", "info", "node_id", "its number in the cluster", detail::not_asked),
    gauge("sockets", unit::none, "hardware_cpu_sockets", "Sockets with a processor.",
          detail::not_asked),
    state("status", "status", node_states, "What the cluster says of the node.", detail::not_asked),
    text("version", "info", "version", "version of Proxmox VE", detail::not_asked),
};

inline constexpr field_row subscription_rows[] = {
    gauge("active", unit::none, "active", "1 where the subscription is active.", detail::not_asked),
    gauge("ends_timestamp_seconds", unit::timestamp, "end", "When the subscription ends.",
          "there is none"),
    text("level", "info", "level", "its level", "there is none"),
    state("status", "status", subscription_states, "State of the subscription.", detail::not_asked),
};

inline constexpr field_row certificate_rows[] = {
    gauge("expires_timestamp_seconds", unit::timestamp, "expiry", "When the certificate expires."),
};

inline constexpr field_row zfs_pool_rows[] = {
    gauge("allocated_bytes", unit::bytes, "allocated", "Space in use."),
    gauge("dedup_ratio", unit::ratio, "dedup",
          "How often a block is used: 1 without deduplication.", detail::not_asked),
    gauge("fragmentation_ratio", unit::ratio, "fragmentation", "Fragmentation of the free space.",
          detail::not_asked),
    gauge("free_bytes", unit::bytes, "free", "Free space."),
    text("health", "health", "health", "ONLINE, DEGRADED, FAULTED …", detail::not_asked),
    gauge("healthy", unit::none, "healthy", "1 where the pool is ONLINE.", detail::not_asked),
    gauge("size_bytes", unit::bytes, "size", "Size of the pool."),
};

inline constexpr field_row disk_rows[] = {
    text("disk_type", "info", "disk_type", "hdd, ssd or nvme", detail::not_asked),
    text("health", "health", "health", "what SMART says: PASSED, OK, FAILED …",
         "SMART was not asked yet, or does not answer"),
    gauge("healthy", unit::none, "healthy", "1 where SMART says PASSED or OK.",
          "SMART was not asked yet, or does not answer"),
    gauge("life_left_ratio", unit::ratio, "life_left", "Life left to the disk: 1 when new.",
          "a disk that does not tell"),
    text("model", "info", "model", "its model", detail::not_asked),
    text("serial", "info", "serial", "its serial number", detail::not_asked),
    gauge("size_bytes", unit::bytes, "size", "Size of the disk."),
    text("vendor", "info", "vendor", "its vendor", detail::not_asked),
};

inline constexpr field_row guest_info_rows[] = {
    text("addresses", "info", "addresses", "its IP addresses, separated by spaces",
         "addresses are not asked for, or the guest agent does not answer"),
    gauge("agent", unit::none, "agent_enabled", "1 where the guest agent is configured.",
          "the guest's configuration was not read yet; containers"),
    text("boot_drive", "info", "boot_drive", "drive that it boots from", detail::no_config),
    gauge("cpus", unit::none, "configured_cpus", "Processors that the guest is configured with.",
          detail::not_asked),
    gauge("disk_bytes", unit::bytes, "configured_disk", "Size of the guest's boot disk.",
          detail::not_asked),
    text("disk_type", "info", "disk_type",
         "kind of the storage below its boot drive: zfspool, rbd …", detail::no_config),
    state("ha_state", "ha_state", ha_states, "State of the guest in high availability.",
          "it is not managed"),
    gauge("in_backup_job", unit::none, "in_backup_job",
          "1 where a backup job takes care of the guest.", detail::not_asked),
    text("lock", "info", "lock", "what holds its configuration locked", "it is not locked"),
    gauge("memory_bytes", unit::bytes, "configured_memory",
          "Memory that the guest is configured with.", detail::not_asked),
    repeated("name", "name", "Repeats the label `name`."),
    text("os_type", "info", "os_type", "operating system that it is configured for",
         detail::no_config),
    text("pool", "info", "pool", "its resource pool", "it is in none"),
    gauge("starts_at_boot", unit::none, "starts_at_boot",
          "1 where the guest is started with its node.", detail::no_config),
    state("status", "api_status", api_guest_states, "What the cluster says of the guest.",
          detail::not_asked),
    text("tags", "info", "tags", "its tags, separated by semicolons", "it has none"),
    word("template", "info", "template", "1 where it is a template"),
};

inline constexpr field_row guest_nic_rows[] = {
    text("bridge", "info", "bridge", "bridge that the card is connected to", "it is to none"),
    text("interface", "info", "interface", "its name on the node: tap100i0, veth200i0"),
    text("mac", "info", "mac", "its hardware address"),
    text("model", "info", "model", "what the guest sees: virtio, e1000 …", "containers"),
    word("vlan", "info", "vlan", "its VLAN", "it has none"),
};

inline constexpr field_row guest_drive_rows[] = {
    gauge("size_bytes", unit::bytes, "size", "Size of the drive.", detail::not_asked),
    text("storage", "info", "storage", "storage that the drive is on", "it is on none"),
    text("volume", "info", "volume", "its volume there"),
};

inline constexpr field_row backup_rows[] = {
    gauge("age_seconds", unit::seconds, "age", "Time since the last backup that succeeded ended.",
          detail::no_backup),
    gauge("duration_seconds", unit::seconds, "duration",
          "What the last backup that succeeded took.", detail::no_backup),
    state("last_result", "last_result", backup_results,
          "What became of the last backup; one with warnings succeeded.", detail::no_backup),
    gauge("last_run_timestamp_seconds", unit::timestamp, "last_run", "When the last backup ended.",
          detail::no_backup),
    gauge("last_success_timestamp_seconds", unit::timestamp, "last_success",
          "When the last backup that succeeded ended.", detail::no_backup),
    gauge("size_bytes", unit::bytes, "size", "Size of the last backup that succeeded.",
          detail::no_backup),
};

inline constexpr field_row replication_rows[] = {
    gauge("duration_seconds", unit::seconds, "duration", "What the last replication took.",
          detail::never_synced),
    gauge("enabled", unit::none, "enabled", "1 where the job is not disabled."),
    text("error", "info", "error", "what the last replication failed of", "it did not"),
    gauge("failures", unit::none, "failures", "Failures since the last success.",
          detail::not_asked),
    gauge("last_sync_timestamp_seconds", unit::timestamp, "last_sync",
          "When the last replication that succeeded began.", detail::never_synced),
    gauge("last_try_timestamp_seconds", unit::timestamp, "last_try",
          "When the last replication began, whether it succeeded or not.", detail::never_synced),
    gauge("next_sync_timestamp_seconds", unit::timestamp, "next_sync", "When the next one is due.",
          detail::not_asked),
    text("target", "info", "target", "node that it replicates to"),
};

inline constexpr field_row ha_service_rows[] = {
    state("state", "state", ha_states, "State of the service."),
};

}  // namespace relay::schema
