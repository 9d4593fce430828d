// What the Proxmox API has said about one cluster, as one value that never changes: swapped whole,
// read by any thread for as long as it holds its pointer. What was not asked yet, or not allowed,
// is absent, never zero.
//
// Bytes, seconds and counts are what their names say; times are seconds since 1970-01-01 UTC.
#pragma once

#include "relay/base/locked.hpp"

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

enum class guest_kind : std::uint8_t { qemu, lxc };
[[nodiscard]] std::string_view to_string(guest_kind kind) noexcept;

/// Unique within a cluster: a virtual machine and a container never share a number.
struct guest_id {
    guest_kind kind = guest_kind::qemu;
    std::uint32_t vmid = 0;
    auto operator<=>(const guest_id&) const = default;
};

struct network_card {
    std::string key{};  // "net0"
    std::string model{}, mac{}, bridge{};
    std::optional<std::uint32_t> vlan{};
    bool operator==(const network_card&) const = default;
};

struct drive {
    std::string key{};      // "scsi0", "rootfs", "mp0"
    std::string storage{};  // empty: no volume of a storage (a CD drive, a bind mount)
    std::string volume{};
    std::optional<std::uint64_t> size_bytes{};
    bool is_cdrom = false;
    bool operator==(const drive&) const = default;
};

/// Of a guest, as its configuration says.
struct guest_config {
    bool starts_at_boot = false;
    bool has_agent = false;  // qemu: the guest agent is enabled
    std::string os_type{};
    std::string boot_drive{};  // key of the first drive of the boot order, or rootfs
    std::vector<network_card> cards{};
    std::vector<drive> drives{};
    bool operator==(const guest_config&) const = default;
};

struct guest_address {
    std::string card{}, mac{};  // the card's name within the guest
    std::string address{};  // IPv4 or IPv6, without prefix length; neither loopback nor link-local
    bool operator==(const guest_address&) const = default;
};

/// The last backups of a guest that were seen.
struct guest_backup {
    std::optional<std::int64_t> last_success_s{};  // when it ended; warnings are success
    std::optional<std::int64_t> last_run_s{};
    std::string last_result{};  // "ok", "warnings", "failed"
    // Of the last success.
    std::optional<double> duration_s{};
    std::optional<std::uint64_t> size_bytes{};
    bool operator==(const guest_backup&) const = default;
};

struct guest {
    guest_id id{};
    std::string node{};
    std::string name{};    // the last one known: Proxmox forgets names of nodes that are down
    std::string status{};  // "running", "stopped", "paused", "unknown", …
    std::string pool{}, lock{}, ha_state{};
    std::vector<std::string> tags{};  // sorted
    bool is_template = false;
    std::optional<double> cpus{};
    std::optional<std::uint64_t> memory_bytes{};  // its maximum
    std::optional<std::uint64_t> disk_bytes{};    // its maximum: the boot disk
    std::optional<std::int64_t> uptime_s{};
    std::optional<bool> is_in_backup_job{};
    std::optional<guest_config> config{};
    std::vector<guest_address> addresses{};
    std::optional<guest_backup> backup{};
    bool operator==(const guest&) const = default;
};

struct zfs_pool {
    std::string name{}, health{};
    std::uint64_t size_bytes = 0, allocated_bytes = 0, free_bytes = 0;
    std::optional<double> fragmentation_ratio{}, dedup_ratio{};
    bool operator==(const zfs_pool&) const = default;
};

struct physical_disk {
    std::string device{};  // "/dev/sda"
    std::string type{}, model{}, serial{}, vendor{};
    std::string health{};  // "PASSED", "OK", …; empty where SMART was not asked
    std::uint64_t size_bytes = 0;
    std::optional<double> life_left_ratio{};  // what "wearout" means: 1 is a new disk
    bool operator==(const physical_disk&) const = default;
};

struct certificate {
    std::string file{};
    std::int64_t expires_s = 0;
    bool operator==(const certificate&) const = default;
};

struct node {
    std::string name{};
    std::string status{};       // "online", "offline", "unknown"
    std::string ha_state{};     // "online", "maintenance", …; empty: nothing is managed
    std::string level{};        // of the subscription: "", "c", "b", "s", "p"
    std::string address{};      // of the cluster's network: may not be reachable from here
    std::string fingerprint{};  // SHA-256 of its certificate, "AA:BB:…"
    std::optional<std::uint32_t> number{};
    std::string version{}, kernel{}, cpu_model{};  // of node_status; empty: not asked yet
    std::optional<std::uint32_t> cpus{}, sockets{};
    std::optional<std::uint64_t> memory_bytes{};
    std::string subscription{};  // "active", "notfound", …; empty: unknown
    std::optional<std::int64_t> subscription_ends_s{};
    std::vector<zfs_pool> zfs{};
    std::vector<physical_disk> disks{};
    std::vector<certificate> certificates{};
    std::int64_t smart_asked_s = 0;  // when its disks were last asked for SMART; 0: never
    bool operator==(const node&) const = default;
};

struct storage {
    std::string name{}, node{}, type{}, content{};  // content: sorted, comma-separated
    std::string status{};                           // "available", "unknown"
    bool is_shared = false;
    std::optional<bool> is_active{};  // asked only where a storage fell silent
    std::optional<std::uint64_t> size_bytes{}, used_bytes{};
    bool operator==(const storage&) const = default;
};

struct pool {
    std::string name{}, comment{};
    bool operator==(const pool&) const = default;
};

struct replication_job {
    std::string id{};  // "100-0"
    guest_id guest{};
    std::string source{}, target{}, error{};
    bool is_disabled = false;
    std::optional<std::int64_t> last_sync_s{}, last_try_s{}, next_sync_s{};
    std::optional<double> duration_s{};
    std::optional<std::uint64_t> failures{};  // in a row
    bool operator==(const replication_job&) const = default;
};

struct ha_service {
    std::string id{};  // "vm:100"
    std::string node{}, state{};
    bool operator==(const ha_service&) const = default;
};

/// Tasks that ended in an error since the relay looks, by type.
using failed_tasks = std::map<std::string, std::uint64_t>;

/// A task that was dealt with: a failure that was counted, a backup whose log was read. Remembered
/// so that neither a second answer nor a restart of the relay counts it again.
struct task_mark {
    std::uint64_t mark = 0;  // a hash of what was done with which task
    std::int64_t ended_s = 0;
    auto operator<=>(const task_mark&) const = default;
};

/// What the token may see, and what it should and may not.
struct rights {
    bool none_at_all = false;            // the privilege-separation trap
    std::vector<std::string> missing{};  // of those on "/": "Sys.Audit", …
    bool operator==(const rights&) const = default;
};

struct snapshot {
    std::string cluster{};     // as configured: what lines are tagged with
    std::string name{};        // as the API says; empty: a node that stands alone, or unknown
    std::int64_t taken_s = 0;  // when cluster_resources was last believed; 0: never
    std::string version{};     // of the node that was asked
    std::optional<bool> is_quorate{};  // of the node that was asked
    std::optional<topology::rights> rights{};
    std::vector<guest> guests{};      // ascending by vmid
    std::vector<node> nodes{};        // ascending by name
    std::vector<storage> storages{};  // ascending by (node, name)
    std::vector<pool> pools{};        // ascending by name
    std::vector<replication_job> replication{};
    std::vector<ha_service> ha{};
    failed_tasks failures{};
    std::int64_t failures_since_s = 0;    // since when they are counted; 0: not yet
    std::vector<task_mark> tasks_done{};  // ascending by mark
    std::string ceph_health{};            // "HEALTH_OK", …; empty: no Ceph, or unknown
    bool operator==(const snapshot&) const = default;

    /// Null where there is none.
    [[nodiscard]] const guest* find_guest(std::uint32_t vmid) const noexcept;
    [[nodiscard]] const node* find_node(std::string_view which) const noexcept;
};
using snapshot_ptr = std::shared_ptr<const snapshot>;

/// The latest snapshot of each cluster, where everyone looks. Any thread.
class snapshot_board {
public:
    /// Replaces the one of the same cluster.
    void publish(snapshot_ptr next);
    /// Forgets every other cluster: nobody asks its API any more.
    void keep_only(const std::vector<std::string>& clusters);
    /// Null where nothing was published of that cluster yet.
    [[nodiscard]] snapshot_ptr find(std::string_view cluster) const;
    /// Grows with every publish(): who remembers it need not ask again while it stays.
    [[nodiscard]] std::uint64_t version() const noexcept {
        return version_.load(std::memory_order_acquire);
    }

private:
    locked<std::map<std::string, snapshot_ptr, std::less<>>> latest_;
    std::atomic<std::uint64_t> version_{0};
};

}  // namespace relay::topology
