// What a node says of a container: one `system` line.
#include "relay/simulate/pve_line.hpp"
#include "relay/simulate/readings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::simulate {
namespace {

// What a key is drawn for.
enum draw : std::uint64_t {
    memory = 300,
    swap,
    root_disk,
    reads,
    writes,
    received,
    sent,
    cpu,
    pid,
    psi
};

constexpr std::uint64_t swap_bytes = 512ull << 20;

void append_pressure(pve_line& line, key own, std::int64_t t) {
    line.two_digits("pressurecpufull", 0)
        .two_digits("pressurecpusome", 0)
        .two_digits("pressureiofull", 0)
        .two_digits("pressureiosome", 4 * share_at(own, t))
        .two_digits("pressurememoryfull", 0)
        .two_digits("pressurememorysome", 0);
}

}  // namespace

guest_reading read_lxc(const guest& it, std::int64_t t) {
    if (it.state != guest_state::running) return {};
    const auto up = std::max<std::int64_t>(0, t - it.started_at);
    const auto level = [&](draw which, std::uint64_t most) {
        return level_at(mix(it.own, which), most / 8, most / 2, t);
    };
    const auto count = [&](draw which, std::uint64_t most) {
        return counter_at(mix(it.own, which), most, up);
    };
    return {.cpu = share_at(mix(it.own, cpu), t) / 50,
            .memory = level(memory, it.memory_bytes),
            .memory_host = 0,
            .disk = level(root_disk, it.disk_bytes),
            .disk_read = count(reads, 10'000),
            .disk_write = count(writes, 10'000),
            .net_in = count(received, 50'000),
            .net_out = count(sent, 50'000),
            .uptime = static_cast<std::uint64_t>(up)};
}

void append_lxc(transaction& out, const node& host, const guest& it, std::int64_t seconds) {
    const bool is_running = it.state == guest_state::running;
    const auto now = read_lxc(it, seconds);
    const auto tags = fmt::format("object=lxc,vmid={},nodename={},host={}", it.vmid, host.name,
                                  pve_tag_value(it.name));

    pve_line line(out, "system", tags);
    line.decimal("cpu", now.cpu)
        .number("cpus", it.cpus)
        .number("disk", now.disk)
        .number("diskread", now.disk_read)
        .number("diskwrite", now.disk_write);
    if (!it.lock.empty()) line.string("lock", it.lock);
    line.number("maxdisk", it.disk_bytes)
        .number("maxmem", it.memory_bytes)
        .number("maxswap", swap_bytes)
        .number("mem", now.memory)
        .string("name", it.name)
        .number("netin", now.net_in)
        .number("netout", now.net_out);
    if (is_running) {
        line.number("pid", between(mix(it.own, pid), 2'000, 900'000));
        append_pressure(line, mix(it.own, psi), seconds);
    }
    const auto swapped = level_at(mix(it.own, swap), swap_bytes / 64, swap_bytes / 16, seconds);
    line.string("status", is_running ? "running" : "stopped")
        .number("swap", is_running ? swapped : 0);
    if (!it.tags.empty()) line.string("tags", it.tags);
    if (it.state == guest_state::template_image) line.number("template", 1);
    line.string("type", "lxc").number("uptime", now.uptime).at(seconds);
}

}  // namespace relay::simulate
