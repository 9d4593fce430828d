// The members of a snapshot that outlive a restart, by name: one list for whoever writes them and
// whoever reads them, so that the two cannot differ. `visit(name, member)` is called for each.
// Internal to snapshot_file.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <concepts>
#include <type_traits>

namespace relay::topology {

/// A `T`, const or not: read from by a writer, written to by a reader.
template <class U, class T>
concept is_a = std::same_as<std::remove_const_t<U>, T>;

void visit_members(auto& visit, is_a<guest_id> auto& of) {
    visit("kind", of.kind);
    visit("vmid", of.vmid);
}

void visit_members(auto& visit, is_a<network_card> auto& of) {
    visit("key", of.key);
    visit("model", of.model);
    visit("mac", of.mac);
    visit("bridge", of.bridge);
    visit("vlan", of.vlan);
}

void visit_members(auto& visit, is_a<drive> auto& of) {
    visit("key", of.key);
    visit("storage", of.storage);
    visit("volume", of.volume);
    visit("size_bytes", of.size_bytes);
    visit("is_cdrom", of.is_cdrom);
}

void visit_members(auto& visit, is_a<guest_config> auto& of) {
    visit("starts_at_boot", of.starts_at_boot);
    visit("has_agent", of.has_agent);
    visit("os_type", of.os_type);
    visit("boot_drive", of.boot_drive);
    visit("cards", of.cards);
    visit("drives", of.drives);
}

void visit_members(auto& visit, is_a<guest_address> auto& of) {
    visit("card", of.card);
    visit("mac", of.mac);
    visit("address", of.address);
}

void visit_members(auto& visit, is_a<guest_backup> auto& of) {
    visit("last_success_s", of.last_success_s);
    visit("last_run_s", of.last_run_s);
    visit("last_result", of.last_result);
    visit("duration_s", of.duration_s);
    visit("size_bytes", of.size_bytes);
}

void visit_members(auto& visit, is_a<guest> auto& of) {
    visit("id", of.id);
    visit("node", of.node);
    visit("name", of.name);
    visit("status", of.status);
    visit("pool", of.pool);
    visit("lock", of.lock);
    visit("ha_state", of.ha_state);
    visit("tags", of.tags);
    visit("is_template", of.is_template);
    visit("cpus", of.cpus);
    visit("memory_bytes", of.memory_bytes);
    visit("disk_bytes", of.disk_bytes);
    visit("uptime_s", of.uptime_s);
    visit("is_in_backup_job", of.is_in_backup_job);
    visit("config", of.config);
    visit("addresses", of.addresses);
    visit("backup", of.backup);
}

void visit_members(auto& visit, is_a<zfs_pool> auto& of) {
    visit("name", of.name);
    visit("health", of.health);
    visit("size_bytes", of.size_bytes);
    visit("allocated_bytes", of.allocated_bytes);
    visit("free_bytes", of.free_bytes);
    visit("fragmentation_ratio", of.fragmentation_ratio);
    visit("dedup_ratio", of.dedup_ratio);
}

void visit_members(auto& visit, is_a<physical_disk> auto& of) {
    visit("device", of.device);
    visit("type", of.type);
    visit("model", of.model);
    visit("serial", of.serial);
    visit("vendor", of.vendor);
    visit("health", of.health);
    visit("size_bytes", of.size_bytes);
    visit("life_left_ratio", of.life_left_ratio);
}

void visit_members(auto& visit, is_a<certificate> auto& of) {
    visit("file", of.file);
    visit("expires_s", of.expires_s);
}

void visit_members(auto& visit, is_a<node> auto& of) {
    visit("name", of.name);
    visit("status", of.status);
    visit("ha_state", of.ha_state);
    visit("level", of.level);
    visit("address", of.address);
    visit("fingerprint", of.fingerprint);
    visit("number", of.number);
    visit("version", of.version);
    visit("kernel", of.kernel);
    visit("cpu_model", of.cpu_model);
    visit("cpus", of.cpus);
    visit("sockets", of.sockets);
    visit("memory_bytes", of.memory_bytes);
    visit("subscription", of.subscription);
    visit("subscription_ends_s", of.subscription_ends_s);
    visit("zfs", of.zfs);
    visit("disks", of.disks);
    visit("certificates", of.certificates);
    visit("smart_asked_s", of.smart_asked_s);
}

void visit_members(auto& visit, is_a<storage> auto& of) {
    visit("name", of.name);
    visit("node", of.node);
    visit("type", of.type);
    visit("content", of.content);
    visit("status", of.status);
    visit("is_shared", of.is_shared);
    visit("is_active", of.is_active);
    visit("size_bytes", of.size_bytes);
    visit("used_bytes", of.used_bytes);
}

void visit_members(auto& visit, is_a<pool> auto& of) {
    visit("name", of.name);
    visit("comment", of.comment);
}

void visit_members(auto& visit, is_a<replication_job> auto& of) {
    visit("id", of.id);
    visit("guest", of.guest);
    visit("source", of.source);
    visit("target", of.target);
    visit("error", of.error);
    visit("is_disabled", of.is_disabled);
    visit("last_sync_s", of.last_sync_s);
    visit("last_try_s", of.last_try_s);
    visit("next_sync_s", of.next_sync_s);
    visit("duration_s", of.duration_s);
    visit("failures", of.failures);
}

void visit_members(auto& visit, is_a<ha_service> auto& of) {
    visit("id", of.id);
    visit("node", of.node);
    visit("state", of.state);
}

void visit_members(auto& visit, is_a<rights> auto& of) {
    visit("none_at_all", of.none_at_all);
    visit("missing", of.missing);
}

void visit_members(auto& visit, is_a<snapshot> auto& of) {
    visit("cluster", of.cluster);
    visit("name", of.name);
    visit("taken_s", of.taken_s);
    visit("version", of.version);
    visit("is_quorate", of.is_quorate);
    visit("rights", of.rights);
    visit("guests", of.guests);
    visit("nodes", of.nodes);
    visit("storages", of.storages);
    visit("pools", of.pools);
    visit("replication", of.replication);
    visit("ha", of.ha);
    visit("failures", of.failures);
    visit("failures_since_s", of.failures_since_s);
    visit("tasks_done", of.tasks_done);
    visit("ceph_health", of.ceph_health);
}

}  // namespace relay::topology
