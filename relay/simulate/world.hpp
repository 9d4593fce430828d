// The simulated world: clusters of nodes with their guests, devices and storages, made from a seed.
// It is seen as what Proxmox would push (transactions.hpp) and as what its API would answer
// (api.hpp): the same guests. What happens to them is a scenario's business (moment.hpp). Values
// only; immutable once made, so any thread may read it.
#pragma once

#include "relay/simulate/course.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace relay::simulate {

enum class guest_kind : std::uint8_t { qemu, lxc };
enum class guest_state : std::uint8_t { running, stopped, template_image };
enum class balloon_state : std::uint8_t { none, device, driver };  // driver: the guest reports too

struct guest {
    guest_kind kind = guest_kind::qemu;
    guest_state state = guest_state::running;
    balloon_state balloon = balloon_state::driver;
    std::uint32_t vmid = 0;
    std::string name;  // "VM 100" where the configuration names none
    std::string tags;  // "prod;web", or empty
    std::vector<std::string> disks;
    unsigned cpus = 1;
    std::uint64_t memory_bytes = 0;
    std::uint64_t disk_bytes = 0;
    std::int64_t started_at = 0;  // seconds since 1970-01-01 UTC
    std::string pool{};           // "acme/web" lies within "acme"; empty: in none
    std::string lock{};           // "backup", "migrate", …; empty: not locked
    bool is_managed = false;      // by Proxmox's high availability
    key own = 0;
};

struct storage {
    std::string name;
    std::string type;
    std::vector<std::string> content;
    bool shared = false;
    std::uint64_t total_bytes = 0;
    key own = 0;
};

struct node {
    std::string name;
    unsigned cpus = 1;
    std::uint64_t memory_bytes = 0;
    std::int64_t booted_at = 0;
    std::vector<std::string> nics;  // physical and virtual, those of guests included; sorted
    std::vector<key> nic_keys{};    // of `nics`, where a scenario changed them; empty: by position
    std::vector<guest> guests;
    std::vector<storage> storages;
    key own = 0;
};

struct cluster {
    std::string name;
    std::vector<node> nodes;
};

struct world {
    std::vector<cluster> clusters;
};

struct world_options {
    std::uint64_t seed = 1;
    unsigned clusters = 1;
    unsigned nodes = 3;                 // of each cluster
    unsigned guests_per_node = 12;      // VMs and containers
    unsigned guests_per_container = 6;  // every so manyeth guest is a container, the others are VMs
    unsigned storages = 4;              // each node sees so many
    bool firewall = true;               // three more interfaces on the node for every VM
};

/// VM and node identifiers repeat from one cluster to the next, as they do in the field.
[[nodiscard]] world make_world(const world_options& options);

/// A guest as make_world() makes it: for those that a scenario adds.
[[nodiscard]] guest make_guest(guest_kind kind, std::uint32_t vmid, key own);
/// The interfaces that a running guest brings to its node; of one that does not run, none.
[[nodiscard]] std::vector<std::string> nics_of(const guest& it, bool firewall);
/// Of the interface at `position` of `it.nics`.
[[nodiscard]] key nic_key(const node& it, std::size_t position);

}  // namespace relay::simulate
