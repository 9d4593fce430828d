// What a thing's gauges and counters read in a second, as pushes and API both show it. Pure.
#pragma once

#include "relay/simulate/world.hpp"

#include <cstdint>
#include <string>

namespace relay::simulate {

/// All zero where the guest does not run.
struct guest_reading {
    double cpu = 0;  // share of its own CPUs
    std::uint64_t memory = 0, memory_host = 0;
    std::uint64_t disk = 0;  // of a container's root; a virtual machine's is not known
    std::uint64_t disk_read = 0, disk_write = 0;
    std::uint64_t net_in = 0, net_out = 0;
    std::uint64_t uptime = 0;
};

struct node_reading {
    double cpu = 0, wait = 0;
    double load_1 = 0, load_5 = 0, load_15 = 0;
    std::uint64_t memory_used = 0;
    std::uint64_t swap_total = 0, swap_used = 0;
    std::uint64_t root_total = 0, root_used = 0;
    std::uint64_t uptime = 0;
};

struct storage_reading {
    std::uint64_t used = 0;
    std::string content;  // "iso,backup", in any order
};

[[nodiscard]] guest_reading read_qemu(const guest& it, std::int64_t seconds);
[[nodiscard]] guest_reading read_lxc(const guest& it, std::int64_t seconds);
[[nodiscard]] inline guest_reading read_guest(const guest& it, std::int64_t seconds) {
    return it.kind == guest_kind::qemu ? read_qemu(it, seconds) : read_lxc(it, seconds);
}
[[nodiscard]] node_reading read_node(const node& it, std::int64_t seconds);
[[nodiscard]] storage_reading read_storage(const storage& it, std::int64_t seconds);

}  // namespace relay::simulate
