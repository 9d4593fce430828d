#include "relay/topology/inventory.hpp"

#include "relay/topology/own_line.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace relay::topology {
namespace {

// The tags are those that Proxmox's own lines have, where they mean the same: a guest is object,
// vmid, nodename and host, a node is object and host, and one of several of its kind is instance.

class writing {
public:
    writing(std::string& out, const snapshot& of, std::int64_t time_ns)
        : out_(out),
          all_(of),
          time_ns_(time_ns) {}

    void write_all() {
        write_cluster();
        for (const auto& one : all_.pools)
            write_pool(one);
        for (const auto& one : all_.nodes)
            write_node(one);
        for (const auto& one : all_.guests)
            write_guest(one);
        for (const auto& one : all_.replication)
            write_replication(one);
        for (const auto& one : all_.ha)
            write_service(one);
        for (const auto& [type, count] : all_.failures)
            write_failures(type, count);
    }

private:
    own_line of_cluster(std::string_view measurement) {
        own_line line(out_, measurement);
        line.tag("object", "cluster");
        return line;
    }

    own_line of_node(std::string_view measurement, const node& about) {
        own_line line(out_, measurement);
        line.tag("object", "nodes").tag("host", about.name);
        return line;
    }

    own_line of_guest(std::string_view measurement, const guest& about) {
        own_line line(out_, measurement);
        line.tag("object", to_string(about.id.kind))
            .tag("vmid", about.id.vmid)
            .tag("nodename", about.node)
            .tag("host", about.name);
        return line;
    }

    void write_cluster() {
        if (all_.taken_s == 0) return;
        const auto online = std::ranges::count(all_.nodes, "online", &node::status);
        of_cluster("relay_cluster_info")
            .field("nodes", all_.nodes.size())
            .field("nodes_online", static_cast<std::uint64_t>(online))
            .field("guests", all_.guests.size())
            .field("guests_without_backup_job", without_backup_job())
            .flag("quorate", all_.is_quorate)
            .text("version", all_.version)
            .end(time_ns_);
        if (all_.ceph_health.empty()) return;
        of_cluster("relay_ceph")
            .text("health", all_.ceph_health)
            .flag("healthy", all_.ceph_health == "HEALTH_OK")
            .end(time_ns_);
    }

    /// Nothing while it was not asked, or not allowed to be.
    std::optional<std::uint64_t> without_backup_job() const {
        std::optional<std::uint64_t> count;
        for (const auto& one : all_.guests) {
            if (one.is_in_backup_job) count = count.value_or(0) + (*one.is_in_backup_job ? 0 : 1);
        }
        return count;
    }

    void write_pool(const pool& one) {
        const auto members = std::ranges::count(all_.guests, one.name, &guest::pool);
        own_line(out_, "relay_pool_info")
            .tag("object", "pools")
            .tag("host", one.name)
            .field("guests", static_cast<std::uint64_t>(members))
            .text("comment", one.comment)
            .end(time_ns_);
    }

    void write_node(const node& one) {
        of_node("relay_node_info", one)
            .text("status", one.status)
            .text("ha_state", one.ha_state)
            .text("version", one.version)
            .text("kernel", one.kernel)
            .text("cpu_model", one.cpu_model)
            .field("cpus", one.cpus)
            .field("sockets", one.sockets)
            .field("memory_bytes", one.memory_bytes)
            .text("level", one.level)
            .text("address", one.address)
            .field("node_id", one.number)
            .end(time_ns_);
        of_node("relay_subscription", one)
            .text("status", one.subscription)
            .flag("active",
                  one.subscription.empty() ? std::optional<bool>() : one.subscription == "active")
            .text("level", one.subscription.empty() ? std::string_view() : one.level)
            .field("ends_timestamp_seconds", one.subscription_ends_s)
            .end(time_ns_);
        for (const auto& pool : one.zfs)
            write_zfs_pool(one, pool);
        for (const auto& disk : one.disks)
            write_disk(one, disk);
        for (const auto& certificate : one.certificates)
            of_node("relay_certificate", one)
                .tag("instance", certificate.file)
                .field("expires_timestamp_seconds", certificate.expires_s)
                .end(time_ns_);
    }

    void write_zfs_pool(const node& on, const zfs_pool& one) {
        of_node("relay_zfs_pool", on)
            .tag("instance", one.name)
            .text("health", one.health)
            .flag("healthy", one.health.empty() ? std::optional<bool>() : one.health == "ONLINE")
            .field("size_bytes", one.size_bytes)
            .field("allocated_bytes", one.allocated_bytes)
            .field("free_bytes", one.free_bytes)
            .field("fragmentation_ratio", one.fragmentation_ratio)
            .field("dedup_ratio", one.dedup_ratio)
            .end(time_ns_);
    }

    void write_disk(const node& on, const physical_disk& one) {
        const bool is_healthy = one.health == "PASSED" || one.health == "OK";
        of_node("relay_disk", on)
            .tag("instance", one.device)
            .text("disk_type", one.type)
            .text("model", one.model)
            .text("serial", one.serial)
            .text("vendor", one.vendor)
            .field("size_bytes", one.size_bytes)
            .text("health", one.health)
            .flag("healthy", one.health.empty() ? std::optional<bool>() : is_healthy)
            .field("life_left_ratio", one.life_left_ratio)
            .end(time_ns_);
    }

    /// The storage plugin below the drive that the guest boots from: "zfspool", "rbd".
    std::string_view disk_type_of(const guest& about) const {
        const auto* boot = boot_drive_of(about);
        if (boot == nullptr) return {};
        const auto at = std::ranges::find_if(all_.storages, [&](const storage& one) {
            return one.name == boot->storage && (one.node == about.node || one.is_shared);
        });
        return at == all_.storages.end() ? std::string_view() : std::string_view(at->type);
    }

    static const drive* boot_drive_of(const guest& about) {
        if (!about.config) return nullptr;
        const auto& drives = about.config->drives;
        const auto at = std::ranges::find(drives, about.config->boot_drive, &drive::key);
        return at == drives.end() ? nullptr : &*at;
    }

    void write_guest(const guest& one) {
        std::vector<std::string_view> addresses;
        for (const auto& entry : one.addresses)
            addresses.push_back(entry.address);
        const auto* boot = boot_drive_of(one);
        own_line line = of_guest("relay_guest_info", one);
        line.text("name", one.name)
            .text("status", one.status)
            .flag("template", one.is_template)
            .text("tags", fmt::format("{}", fmt::join(one.tags, ";")))
            .text("pool", one.pool)
            .text("lock", one.lock)
            .text("ha_state", one.ha_state)
            .field("cpus", one.cpus)
            .field("memory_bytes", one.memory_bytes)
            .field("disk_bytes", one.disk_bytes)
            .text("disk_type", disk_type_of(one))
            .text("boot_drive", boot == nullptr ? std::string_view() : boot->key)
            .text("addresses", fmt::format("{}", fmt::join(addresses, " ")))
            .flag("in_backup_job", one.is_in_backup_job);
        if (one.config) {
            line.flag("starts_at_boot", one.config->starts_at_boot)
                .text("os_type", one.config->os_type);
            if (one.id.kind == guest_kind::qemu) line.flag("agent", one.config->has_agent);
        }
        line.end(time_ns_);
        if (one.config) write_devices(one, *one.config);
        if (one.backup) write_backup(one, *one.backup);
    }

    void write_devices(const guest& about, const guest_config& config) {
        for (const auto& card : config.cards) {
            of_guest("relay_guest_nic", about)
                .tag("instance", card.key)
                .text("mac", card.mac)
                .text("model", card.model)
                .text("bridge", card.bridge)
                .field("vlan", card.vlan)
                .text("interface", interface_of(about, card))
                .end(time_ns_);
        }
        for (const auto& one : config.drives) {
            if (one.is_cdrom) continue;
            of_guest("relay_guest_drive", about)
                .tag("instance", one.key)
                .text("storage", one.storage)
                .text("volume", one.volume)
                .field("size_bytes", one.size_bytes)
                .end(time_ns_);
        }
    }

    /// What the card is called among the node's: pvestatd counts its traffic under that name.
    static std::string interface_of(const guest& about, const network_card& card) {
        const auto* kind = about.id.kind == guest_kind::qemu ? "tap" : "veth";
        return fmt::format("{}{}i{}", kind, about.id.vmid, card.key.substr(3));
    }

    void write_backup(const guest& about, const guest_backup& backup) {
        own_line line = of_guest("relay_backup", about);
        line.field("last_success_timestamp_seconds", backup.last_success_s)
            .field("last_run_timestamp_seconds", backup.last_run_s)
            .text("last_result", backup.last_result)
            .field("duration_seconds", backup.duration_s)
            .field("size_bytes", backup.size_bytes);
        if (backup.last_success_s)
            line.field("age_seconds", std::max<std::int64_t>(
                                          time_ns_ / 1'000'000'000 - *backup.last_success_s, 0));
        line.end(time_ns_);
    }

    void write_replication(const replication_job& job) {
        const auto* about = all_.find_guest(job.guest.vmid);
        own_line line(out_, "relay_replication");
        line.tag("object", to_string(job.guest.kind))
            .tag("vmid", job.guest.vmid)
            .tag("nodename", job.source)
            .tag("host", about == nullptr ? std::string_view() : about->name)
            .tag("instance", job.id);
        line.text("target", job.target)
            .flag("enabled", !job.is_disabled)
            .field("last_sync_timestamp_seconds", job.last_sync_s)
            .field("last_try_timestamp_seconds", job.last_try_s)
            .field("next_sync_timestamp_seconds", job.next_sync_s)
            .field("duration_seconds", job.duration_s)
            .field("failures", job.failures)
            .text("error", job.error)
            .end(time_ns_);
    }

    void write_service(const ha_service& one) {
        own_line(out_, "relay_ha_service")
            .tag("object", "ha")
            .tag("nodename", one.node)
            .tag("host", one.id)
            .text("state", one.state)
            .end(time_ns_);
    }

    void write_failures(std::string_view type, std::uint64_t count) {
        of_cluster("relay_failed_tasks").tag("type", type).field("failures", count).end(time_ns_);
    }

    std::string& out_;
    const snapshot& all_;
    const std::int64_t time_ns_;
};

}  // namespace

void append_inventory(std::string& out, const snapshot& of, std::int64_t time_ns) {
    writing(out, of, time_ns).write_all();
}

}  // namespace relay::topology
