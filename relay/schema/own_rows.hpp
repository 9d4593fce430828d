// What the relay itself says: presence, and what it asked the Proxmox API (docs/topology.md). Units
// stand in the fields' names; what is not known is left out, never 0.
#pragma once

#include "relay/schema/field_row.hpp"
#include "relay/schema/states.hpp"

namespace relay::schema {

namespace detail {

inline constexpr std::string_view not_asked = "the API did not say";

}  // namespace detail

inline constexpr field_row up_rows[] = {
    gauge("up", unit::none, "up",
          "1 where the guest runs, the node reports, the storage is available, the cluster has a "
          "quorum; 0 until the API or a day of silence confirms that it is gone."),
};

inline constexpr field_row event_rows[] = {
    text("from", "event", "from", "What it was before.", "it was nothing else"),
    text("kind", "event", "kind", "What happened: silent, gone, back, migrated, renamed, deleted."),
    text("text", "event", "text", "The same as a sentence."),
    text("to", "event", "to", "What it is now.", "it is nothing else"),
};

inline constexpr field_row guest_info_rows[] = {
    text("addresses", "info", "addresses", "Its IP addresses, separated by commas.",
         "addresses are not asked for, or the guest agent does not answer"),
    gauge("cpus", unit::none, "config_cpus", "Processors that the guest is configured with.",
          detail::not_asked),
    gauge("disk_bytes", unit::bytes, "config_disk_size", "Size of the guest's boot disk.",
          detail::not_asked),
    text("disk_type", "info", "disk_type", "Bus of the boot disk, as scsi.", detail::not_asked),
    state("ha_state", "ha_state", ha_states, "State of the guest in high availability.",
          "it is not managed"),
    text("lock", "info", "lock", "What holds its configuration locked.", "it is not locked"),
    gauge("memory_bytes", unit::bytes, "config_memory", "Memory that the guest is configured with.",
          detail::not_asked),
    repeated("name", "name", "Repeats the label `name`."),
    word("onboot", "info", "onboot", "1 where the guest is started with its node.",
         detail::not_asked),
    text("os_type", "info", "os_type", "Operating system that the guest is configured for.",
         detail::not_asked),
    text("pool", "info", "pool", "Its resource pool.", "it is in none"),
    text("tags", "info", "tags", "Its tags, separated by semicolons.", "it has none"),
    word("template", "info", "template", "1 where the guest is a template."),
};

inline constexpr field_row node_info_rows[] = {
    text("cpu_model", "info", "cpu_model", "Its processor.", detail::not_asked),
    gauge("cpus", unit::none, "config_cpus", "Logical processors.", detail::not_asked),
    text("kernel", "info", "kernel", "Version of its kernel.", detail::not_asked),
    text("level", "info", "level", "Level of its subscription.", "it has none"),
    gauge("memory_bytes", unit::bytes, "config_memory", "Memory of the node.", detail::not_asked),
    word("nodeid", "info", "nodeid", "Its number in the cluster.", detail::not_asked),
    gauge("sockets", unit::none, "cpu_sockets", "Processor sockets.", detail::not_asked),
    text("version", "info", "version", "Version of Proxmox VE.", detail::not_asked),
};

inline constexpr field_row cluster_info_rows[] = {
    gauge("nodes", unit::none, "nodes", "Nodes of the cluster."),
    gauge("nodes_online", unit::none, "nodes_online", "Nodes that are online."),
    gauge("not_backed_up", unit::none, "guests_without_backup_job",
          "Guests that no backup job takes care of.", detail::not_asked),
    gauge("quorate", unit::none, "quorate", "1 where the cluster has a quorum."),
    text("version", "info", "version", "Version of Proxmox VE on the node that was asked."),
};

inline constexpr field_row pool_info_rows[] = {
    text("comment", "info", "comment", "Its comment.", "it has none"),
    gauge("guests", unit::none, "guests", "Guests in the pool."),
};

inline constexpr field_row zfs_pool_rows[] = {
    gauge("allocated_bytes", unit::bytes, "allocated", "Space in use."),
    gauge("dedup_ratio", unit::ratio, "dedup",
          "How often a block is used: 1 without deduplication.", detail::not_asked),
    gauge("fragmentation_ratio", unit::ratio, "fragmentation", "Fragmentation of the free space.",
          detail::not_asked),
    gauge("free_bytes", unit::bytes, "free", "Free space."),
    text("health", "health", "health", "ONLINE, DEGRADED, FAULTED …"),
    gauge("size_bytes", unit::bytes, "size", "Size of the pool."),
};

inline constexpr field_row disk_rows[] = {
    text("health", "info", "health", "What SMART says: PASSED, OK, FAILED …", detail::not_asked),
    gauge("life_left_ratio", unit::ratio, "life_left", "Life left to the disk: 1 when new.",
          "a disk that does not tell"),
    text("model", "info", "model", "Its model.", detail::not_asked),
    text("serial", "info", "serial", "Its serial number.", detail::not_asked),
    gauge("size_bytes", unit::bytes, "size", "Size of the disk."),
    text("type", "info", "type", "hdd, ssd, nvme …", detail::not_asked),
    text("vendor", "info", "vendor", "Its vendor.", detail::not_asked),
};

inline constexpr field_row guest_nic_rows[] = {
    text("bridge", "info", "bridge", "Bridge that the card is connected to.", "it is to none"),
    text("mac", "info", "mac", "Its hardware address."),
    text("model", "info", "model", "What the guest sees: virtio, e1000 …", "containers"),
    word("vlan", "info", "vlan", "Its VLAN.", "it has none"),
};

inline constexpr field_row guest_drive_rows[] = {
    gauge("size_bytes", unit::bytes, "size", "Size of the drive.", detail::not_asked),
    text("storage", "info", "storage", "Storage that the drive is on.", "it is on none"),
    text("volume", "info", "volume", "Its volume there."),
};

inline constexpr field_row replication_rows[] = {
    gauge("duration_seconds", unit::seconds, "duration", "What the last replication took.",
          "it never ran"),
    text("error", "info", "error", "What the last one failed of.", "it did not"),
    gauge("failures", unit::none, "failures", "Failures in a row."),
    gauge("last_sync_timestamp_seconds", unit::timestamp, "last_sync",
          "When the last replication that succeeded began.", "none ever did"),
    gauge("next_sync_timestamp_seconds", unit::timestamp, "next_sync", "When the next one is due.",
          detail::not_asked),
};

inline constexpr field_row backup_rows[] = {
    gauge("duration_seconds", unit::seconds, "duration", "What the last backup took.",
          "none was seen yet"),
    gauge("in_job", unit::none, "in_job", "1 where a backup job takes care of the guest.",
          detail::not_asked),
    gauge("last_run_timestamp_seconds", unit::timestamp, "last_run", "When the last backup ended.",
          "none was seen yet"),
    gauge("last_success_timestamp_seconds", unit::timestamp, "last_success",
          "When the last backup that succeeded ended; one with warnings did.", "none was seen yet"),
    state("result", "last_result", backup_results, "What became of the last backup.",
          "none was seen yet"),
    gauge("size_bytes", unit::bytes, "size", "Size of the last backup that succeeded.",
          "none was seen yet"),
};

inline constexpr field_row certificate_rows[] = {
    gauge("expires_timestamp_seconds", unit::timestamp, "expires", "When the certificate expires."),
};

inline constexpr field_row ceph_rows[] = {
    text("health", "health", "health", "HEALTH_OK, HEALTH_WARN or HEALTH_ERR.", "without Ceph"),
};

inline constexpr field_row subscription_rows[] = {
    gauge("ends_timestamp_seconds", unit::timestamp, "next_due", "When the subscription ends.",
          "there is none"),
    text("level", "info", "level", "Its level.", "there is none"),
    state("status", "status", subscription_states, "State of the subscription."),
};

inline constexpr field_row ha_service_rows[] = {
    state("state", "state", ha_states, "State of the service."),
};

inline constexpr field_row failed_tasks_rows[] = {
    counter("count", unit::none, "failed_tasks",
            "Tasks that ended in an error since the relay looks, by their kind."),
};

}  // namespace relay::schema
