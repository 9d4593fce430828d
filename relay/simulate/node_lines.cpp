// What a node says of itself: blockstat, cpustat, memory, nics, system.
#include "relay/simulate/pve_line.hpp"
#include "relay/simulate/readings.hpp"

#include <algorithm>

namespace relay::simulate {
namespace {

enum draw : std::uint64_t {
    root_used = 100,
    root_files,
    cpu,
    wait,
    load,
    user,
    system,
    idle,
    used_memory,
    swap,
    arc
};

constexpr std::uint64_t clock_ticks = 100;  // USER_HZ

constexpr std::uint64_t root_bytes = 100'861'726'720;
constexpr std::uint64_t swap_bytes = 8'589'930'496;

std::uint64_t used_root_of(const node& it, std::int64_t t) {
    return level_at(mix(it.own, root_used), root_bytes / 10, root_bytes / 8, t / 60);
}

std::uint64_t used_memory_of(const node& it, std::int64_t t) {
    const auto total = it.memory_bytes;
    return level_at(mix(it.own, used_memory), total / 4, total / 2, t) / 4096 * 4096;
}

std::uint64_t used_swap_of(const node& it, std::int64_t t) {
    return level_at(mix(it.own, swap), 0, 1024, t / 60) * 4096;
}

std::uint64_t uptime_of(const node& it, std::int64_t t) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, t - it.booted_at));
}

double busy_of(const node& it, std::int64_t t) {
    return share_at(mix(it.own, cpu), t);
}

double waiting_of(const node& it, std::int64_t t) {
    return share_at(mix(it.own, wait), t) / 1000;
}

/// Over the last `minutes`.
double load_of(const node& it, std::int64_t minutes, std::int64_t t) {
    const auto since = minutes == 1 ? t : t / (60 * minutes);
    return 8 * share_at(mix(it.own, load), since);
}

// df of the root file system (Filesys::Df), 5 % of it reserved as ext4 does.
void append_blockstat(transaction& out, const node& it, std::string_view tags, std::int64_t t) {
    const std::uint64_t blocks = root_bytes;
    const std::uint64_t reserved = blocks / 20;
    const auto used = used_root_of(it, t);
    const std::uint64_t files = 6'291'456;
    const auto files_used = level_at(mix(it.own, root_files), 80'000, 90'000, t / 60);
    const auto free = blocks - used;
    const auto available = free - reserved;
    const auto files_free = files - files_used;
    pve_line(out, "blockstat", tags)
        .number("bavail", available)
        .number("bfree", free)
        .number("blocks", blocks)
        .number("favail", files_free)
        .number("ffree", files_free)
        .number("files", files)
        .number("fper", 100 * files_used / files)
        .number("fused", files_used)
        .number("per", 100 * used / blocks)
        .number("su_bavail", free)
        .number("su_blocks", blocks)
        .number("su_favail", files_free)
        .number("su_files", files)
        .number("used", used)
        .number("user_bavail", available)
        .number("user_blocks", blocks - reserved)
        .number("user_favail", files_free)
        .number("user_files", files)
        .number("user_fused", files_used)
        .number("user_used", used)
        .at(t);
}

void append_cpustat(transaction& out, const node& it, std::string_view tags, std::int64_t t) {
    const auto up = t - it.booted_at;
    const auto ticks = it.cpus * clock_ticks;
    const auto in_user = counter_at(mix(it.own, user), ticks / 8, up);
    const auto in_guest = counter_at(mix(it.own, user + 1000), ticks / 4, up);
    const auto in_system = counter_at(mix(it.own, system), ticks / 16, up);
    const auto in_idle = counter_at(mix(it.own, idle), ticks / 2, up);
    const auto in_wait = counter_at(mix(it.own, wait), ticks / 64 + 1, up);
    const auto in_softirq = counter_at(mix(it.own, system + 1000), 5, up);
    const auto nice = counter_at(mix(it.own, user + 2000), 2, up);
    const auto used = in_user + in_guest + nice + in_system + in_softirq;
    pve_line(out, "cpustat", tags)
        .two_digits("avg1", load_of(it, 1, t))
        .two_digits("avg15", load_of(it, 15, t))
        .two_digits("avg5", load_of(it, 5, t))
        .decimal("cpu", busy_of(it, t))
        .number("cpus", it.cpus)
        .decimal("ctime", static_cast<double>(t) + 0.12346)
        .number("guest", in_guest)
        .number("guest_nice", 0)
        .number("idle", in_idle)
        .number("iowait", in_wait)
        .number("irq", 0)
        .number("nice", nice)
        .number("softirq", in_softirq)
        .number("steal", 0)
        .number("sum", 0)
        .number("system", in_system)
        .number("total", used + in_idle + in_wait)
        .number("used", used)
        .number("user", in_user)
        .decimal("wait", waiting_of(it, t))
        .at(t);
}

void append_memory(transaction& out, const node& it, std::string_view tags, std::int64_t t) {
    const auto total = it.memory_bytes;
    const auto used = used_memory_of(it, t);
    const auto swap_used = used_swap_of(it, t);
    pve_line(out, "memory", tags)
        .number("arcmax", total / 16)
        .number("arcmin", total / 32)
        .number("arcsize", level_at(mix(it.own, arc), total / 32, total / 16, t))
        .number("memavailable", total - used)
        .number("memfree", (total - used) / 3)
        .number("memshared", level_at(mix(it.own, arc + 1000), 0, 65'536, t / 60) * 4096)
        .number("memtotal", total)
        .number("memused", used)
        .number("swapfree", swap_bytes - swap_used)
        .number("swaptotal", swap_bytes)
        .number("swapused", swap_used)
        .at(t);
}

void append_nics(transaction& out, const node& it, std::string_view tags, std::int64_t t) {
    for (std::size_t i = 0; i < it.nics.size(); ++i) {
        const auto& nic = it.nics[i];
        const auto own = nic_key(it, i);
        pve_line(out, "nics", tags, nic)
            .number("receive", counter_at(own, 2'000'000, t - it.booted_at))
            .number("transmit", counter_at(mix(own, 1), 2'000'000, t - it.booted_at))
            .string("type", nic.starts_with("eno") ? "physical" : "virtual")
            .at(t);
    }
}

}  // namespace

node_reading read_node(const node& it, std::int64_t seconds) {
    return {.cpu = busy_of(it, seconds),
            .wait = waiting_of(it, seconds),
            .load_1 = load_of(it, 1, seconds),
            .load_5 = load_of(it, 5, seconds),
            .load_15 = load_of(it, 15, seconds),
            .memory_used = used_memory_of(it, seconds),
            .swap_total = swap_bytes,
            .swap_used = used_swap_of(it, seconds),
            .root_total = root_bytes,
            .root_used = used_root_of(it, seconds),
            .uptime = uptime_of(it, seconds)};
}

void append_node(transaction& out, const node& it, std::int64_t seconds) {
    const auto tags = "object=nodes,host=" + it.name;
    append_blockstat(out, it, tags, seconds);
    append_cpustat(out, it, tags, seconds);
    append_memory(out, it, tags, seconds);
    append_nics(out, it, tags, seconds);
    pve_line(out, "system", tags).number("uptime", uptime_of(it, seconds)).at(seconds);
}

}  // namespace relay::simulate
