// What a node says of a container: one `system` line.
#include "relay/simulate/pve_line.hpp"

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

void append_lxc(transaction& out, const node& host, const guest& it, std::int64_t seconds) {
    const bool is_running = it.state == guest_state::running;
    const auto up = is_running ? std::max<std::int64_t>(0, seconds - it.started_at) : 0;
    const auto level = [&](draw which, std::uint64_t most) {
        return is_running ? level_at(mix(it.own, which), most / 8, most / 2, seconds) : 0;
    };
    const auto count = [&](draw which, std::uint64_t most) {
        return counter_at(mix(it.own, which), most, up);
    };
    const auto tags = fmt::format("object=lxc,vmid={},nodename={},host={}", it.vmid, host.name,
                                  pve_tag_value(it.name));

    pve_line line(out, "system", tags);
    line.decimal("cpu", is_running ? share_at(mix(it.own, cpu), seconds) / 50 : 0)
        .number("cpus", it.cpus)
        .number("disk", level(root_disk, it.disk_bytes))
        .number("diskread", count(reads, 10'000))
        .number("diskwrite", count(writes, 10'000))
        .number("maxdisk", it.disk_bytes)
        .number("maxmem", it.memory_bytes)
        .number("maxswap", swap_bytes)
        .number("mem", level(memory, it.memory_bytes))
        .string("name", it.name)
        .number("netin", count(received, 50'000))
        .number("netout", count(sent, 50'000));
    if (is_running) {
        line.number("pid", between(mix(it.own, pid), 2'000, 900'000));
        append_pressure(line, mix(it.own, psi), seconds);
    }
    line.string("status", is_running ? "running" : "stopped")
        .number("swap", level(swap, swap_bytes / 8));
    if (!it.tags.empty()) line.string("tags", it.tags);
    if (it.state == guest_state::template_image) line.number("template", 1);
    line.string("type", "lxc").number("uptime", static_cast<std::uint64_t>(up)).at(seconds);
}

}  // namespace relay::simulate
