// What an answer of the Proxmox API says, as values: the body of a 2xx to a pure value, or the
// reason why there is none. A garbled item of a list costs itself and is counted; a garbled body
// costs nothing else. Nothing is remembered and nothing is decided here: what is believed and how
// answers fit together is knowledge's business.
//
// What an answer does not say is absent (empty text, empty optional), never zero. Lists are
// bounded: what is beyond the bound is counted as lost.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

/// A cluster of 32 nodes with 2,000 guests and 30 storages has 3,000 resources.
inline constexpr std::size_t reply_items_max = 50'000;

template <class T>
using reply = expected<T, std::string>;

/// A list, and how many of its items could not be used.
template <class T>
struct reply_list {
    std::vector<T> items{};
    std::size_t items_lost = 0;
};

/// /cluster/resources. Of each only what that call says: see snapshot.hpp for the members.
struct resources {
    std::vector<guest> guests{};
    std::vector<node> nodes{};
    std::vector<storage> storages{};
    std::vector<pool> pools{};
    std::size_t items_lost = 0;
};
[[nodiscard]] reply<resources> read_resources(std::string_view body);

/// /cluster/status.
struct cluster_status {
    std::string name{};                // empty: a node that stands alone
    std::optional<bool> is_quorate{};  // a node that stands alone always is
    std::vector<node> nodes{};         // name, number, address, status, level
    std::size_t items_lost = 0;
};
[[nodiscard]] reply<cluster_status> read_cluster_status(std::string_view body);

/// /nodes: name, status, level, fingerprint.
[[nodiscard]] reply<reply_list<node>> read_nodes(std::string_view body);

/// /version: "9.2.11".
[[nodiscard]] reply<std::string> read_version(std::string_view body);

/// /access/permissions.
struct permissions {
    bool none_at_all = false;
    bool some_guests = false;               // VM.Audit somewhere
    std::vector<std::string> everywhere{};  // what is granted on "/" itself, sorted
};
[[nodiscard]] reply<permissions> read_permissions(std::string_view body);

/// /cluster/ha/status/current: the services, ascending by id.
[[nodiscard]] reply<reply_list<ha_service>> read_ha_services(std::string_view body);

/// /pools: names and comments, ascending by name.
[[nodiscard]] reply<reply_list<pool>> read_pools(std::string_view body);

/// /cluster/replication and /nodes/{node}/replication: the first says what there is, the second
/// how it went. The guest's kind is told by the second alone.
struct replication_reply {
    replication_job job{};
    std::optional<guest_kind> kind{};
};
[[nodiscard]] reply<reply_list<replication_reply>> read_replication(std::string_view body);

/// /cluster/backup-info/not-backed-up: the guests' numbers, ascending.
[[nodiscard]] reply<reply_list<std::uint32_t>> read_not_backed_up(std::string_view body);

/// /cluster/ceph/status: "HEALTH_OK".
[[nodiscard]] reply<std::string> read_ceph_health(std::string_view body);

/// /nodes/{node}/status: version, kernel, processor, memory.
[[nodiscard]] reply<node> read_node_status(std::string_view body);

/// /nodes/{node}/subscription: status in small letters, level, when it ends.
[[nodiscard]] reply<node> read_subscription(std::string_view body);

/// /nodes/{node}/certificates/info, ascending by file.
[[nodiscard]] reply<reply_list<certificate>> read_certificates(std::string_view body);

/// /nodes/{node}/disks/zfs, ascending by name.
[[nodiscard]] reply<reply_list<zfs_pool>> read_zfs_pools(std::string_view body);

/// /nodes/{node}/disks/list, ascending by device. Health and life are absent where Proxmox was not
/// asked for them or does not know them ("UNKNOWN", "N/A").
[[nodiscard]] reply<reply_list<physical_disk>> read_disks(std::string_view body);

/// /nodes/{node}/storage: name, type and whether it is active. Disabled ones are left out.
[[nodiscard]] reply<reply_list<storage>> read_node_storages(std::string_view body);

/// How a task ended. Proxmox calls what it warned about a success.
enum class task_result : std::uint8_t { none_yet, ok, warnings, failed };

struct task {
    std::string upid{};
    std::string node{}, type{};
    std::string id{};  // what it was about: a guest's number, or empty where it was about many
    std::int64_t started_s = 0;
    std::int64_t ended_s = 0;  // 0: it runs
    task_result result = task_result::none_yet;
};

/// /cluster/tasks and /nodes/{node}/tasks.
[[nodiscard]] reply<reply_list<task>> read_tasks(std::string_view body);

/// /nodes/{node}/tasks/{upid}/log: its lines, with a newline behind each.
[[nodiscard]] reply<std::string> read_task_log(std::string_view body);

/// …/qemu/{vmid}/config and …/lxc/{vmid}/config, of which only what guest_config holds is kept:
/// the rest is free text and keys. Cards and drives are in the order of their keys.
[[nodiscard]] reply<guest_config> read_guest_config(guest_kind kind, std::string_view body);

/// …/agent/network-get-interfaces and …/interfaces: every address that is neither loopback nor
/// link-local, in its canonical spelling, with the MAC in small letters. A guest whose agent says
/// that it does not know the command has none, as one that is stopped.
[[nodiscard]] reply<std::vector<guest_address>> read_guest_addresses(guest_kind kind,
                                                                     std::string_view body);

}  // namespace relay::topology
