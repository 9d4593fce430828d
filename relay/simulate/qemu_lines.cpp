// What a node says of a virtual machine: ballooninfo, blockstat, nics, proxmox-support, system.
// Of one that does not run only `system` is left.
#include "relay/simulate/pve_line.hpp"
#include "relay/simulate/readings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::simulate {
namespace {

// What a key is drawn for.
enum draw : std::uint64_t { drive = 200, free_memory, faults, traffic, cpu, cgroup, pid, pressure };

enum class course : std::uint8_t { zero, counter, idle_time, highest_offset };

struct drive_field {
    std::string_view name;
    course kind = course::zero;
    std::uint64_t per_second_max = 0;
};

// query-blockstats of QEMU 10.1 without what never goes out (booleans, arrays), sorted.
constexpr drive_field drive_fields[] = {
    {"failed_flush_operations"},
    {"failed_rd_operations"},
    {"failed_unmap_operations"},
    {"failed_wr_operations"},
    {"failed_zone_append_operations"},
    {"flush_operations", course::counter, 5},
    {"flush_total_time_ns", course::counter, 1'000'000},
    {"idle_time_ns", course::idle_time},
    {"invalid_flush_operations"},
    {"invalid_rd_operations"},
    {"invalid_unmap_operations"},
    {"invalid_wr_operations"},
    {"invalid_zone_append_operations"},
    {"rd_bytes", course::counter, 500'000},
    {"rd_merged"},
    {"rd_operations", course::counter, 50},
    {"rd_total_time_ns", course::counter, 1'000'000},
    {"unmap_bytes", course::counter, 200'000},
    {"unmap_merged"},
    {"unmap_operations", course::counter, 4},
    {"unmap_total_time_ns", course::counter, 100'000},
    {"wr_bytes", course::counter, 500'000},
    {"wr_highest_offset", course::highest_offset},
    {"wr_merged"},
    {"wr_operations", course::counter, 50},
    {"wr_total_time_ns", course::counter, 1'000'000},
    {"zone_append_bytes"},
    {"zone_append_merged"},
    {"zone_append_operations"},
    {"zone_append_total_time_ns"},
};

/// A CD-ROM drive without a disk: all zeros, and no time since the last access.
bool is_empty_drive(std::string_view name) {
    return name.starts_with("ide");
}

std::uint64_t drive_value(const guest& it, std::string_view name, const drive_field& field,
                          std::int64_t t) {
    if (is_empty_drive(name)) return 0;
    const auto position = static_cast<std::uint64_t>(&field - drive_fields);
    const auto own = mix(mix(it.own, drive + static_cast<unsigned char>(name.back())), position);
    switch (field.kind) {
        case course::zero:
            return 0;
        case course::counter:
            return counter_at(own, field.per_second_max, t - it.started_at);
        case course::idle_time:
            return level_at(own, 1'000'000, 6'000'000'000, t);
        case course::highest_offset:
            return it.disk_bytes - between(own, 0, 1 << 20) * 512;
    }
    return 0;
}

void append_drive(transaction& out, const guest& it, std::string_view tags, std::string_view name,
                  std::int64_t t) {
    pve_line line(out, "blockstat", tags, name);
    for (const auto& field : drive_fields) {
        if (field.kind == course::idle_time && is_empty_drive(name)) continue;
        line.number(field.name, drive_value(it, name, field, t));
    }
    line.at(t);
}

/// Over all drives, as `system` has it.
std::uint64_t drive_sum(const guest& it, std::string_view field_name, std::int64_t t) {
    const auto* field = std::ranges::find(drive_fields, field_name, &drive_field::name);
    std::uint64_t sum = 0;
    for (const auto& name : it.disks)
        sum += drive_value(it, name, *field, t);
    return sum;
}

std::uint64_t free_memory_of(const guest& it, std::int64_t t) {
    return level_at(mix(it.own, free_memory), it.memory_bytes / 8, it.memory_bytes / 2, t);
}

std::uint64_t net_in(const guest& it, std::int64_t t) {
    return counter_at(mix(it.own, traffic), 100'000, t - it.started_at);
}

std::uint64_t net_out(const guest& it, std::int64_t t) {
    return counter_at(mix(it.own, traffic + 1000), 100'000, t - it.started_at);
}

void append_ballooninfo(transaction& out, const guest& it, std::string_view tags, std::int64_t t) {
    if (it.balloon == balloon_state::none) return;
    pve_line line(out, "ballooninfo", tags);
    line.number("actual", it.memory_bytes);
    if (it.balloon == balloon_state::driver) {
        const auto up = t - it.started_at;
        line.number("free_mem", free_memory_of(it, t))
            .number("last_update", static_cast<std::uint64_t>(t - 2))
            .number("major_page_faults", counter_at(mix(it.own, faults), 2, up))
            .number("max_mem", it.memory_bytes)
            .number("mem_swapped_in", 0)
            .number("mem_swapped_out", 0)
            .number("minor_page_faults", counter_at(mix(it.own, faults + 1000), 1000, up))
            .number("total_mem", it.memory_bytes / 100 * 97);
    } else {
        line.number("max_mem", it.memory_bytes);
    }
    line.at(t);
}

void append_devices(transaction& out, const guest& it, std::string_view tags, std::int64_t t) {
    append_ballooninfo(out, it, tags, t);
    for (const auto& name : it.disks)
        append_drive(out, it, tags, name, t);
    pve_line(out, "nics", tags, fmt::format("tap{}i0", it.vmid))
        .number("netin", net_in(it, t))
        .number("netout", net_out(it, t))
        .at(t);
    pve_line(out, "proxmox-support", tags).string("pbs-library-version", "1.5.2 (UNKNOWN)").at(t);
}

void append_pressure(pve_line& line, key own, std::int64_t t) {
    const auto some = static_cast<double>(level_at(own, 0, 400, t)) / 100;
    line.number("pressurecpufull", 0)
        .decimal("pressurecpusome", some)
        .number("pressureiofull", 0)
        .number("pressureiosome", 0)
        .number("pressurememoryfull", 0)
        .number("pressurememorysome", 0);
}

void append_running_system(pve_line& line, const guest& it, std::int64_t t) {
    const auto now = read_qemu(it, t);
    if (it.balloon != balloon_state::none) line.number("balloon", it.memory_bytes);
    line.decimal("cpu", now.cpu)
        .number("cpus", it.cpus)
        .number("disk", 0)
        .number("diskread", now.disk_read)
        .number("diskwrite", now.disk_write);
    if (it.balloon == balloon_state::driver) line.number("freemem", free_memory_of(it, t));
    if (!it.lock.empty()) line.string("lock", it.lock);
    line.number("maxdisk", it.disk_bytes)
        .number("maxmem", it.memory_bytes)
        .number("mem", now.memory)
        .number("memhost", now.memory_host)
        .string("name", it.name)
        .number("netin", now.net_in)
        .number("netout", now.net_out)
        .number("pid", between(mix(it.own, pid), 2'000, 900'000));
    append_pressure(line, mix(it.own, pressure), t);
    line.string("qmpstatus", "running")
        .string("running-machine", "pc-q35-10.1+pve0")
        .string("running-qemu", "10.1.2")
        .string("status", "running");
    if (!it.tags.empty()) line.string("tags", it.tags);
    line.number("uptime", now.uptime);
}

void append_stopped_system(pve_line& line, const guest& it) {
    line.number("cpu", 0).number("cpus", it.cpus).number("disk", 0);
    if (!it.lock.empty()) line.string("lock", it.lock);
    line.number("maxdisk", it.disk_bytes)
        .number("maxmem", it.memory_bytes)
        .number("mem", 0)
        .number("memhost", 0)
        .string("name", it.name)
        .number("netin", 0)
        .number("netout", 0)
        .string("qmpstatus", "stopped")
        .string("status", "stopped");
    if (!it.tags.empty()) line.string("tags", it.tags);
    if (it.state == guest_state::template_image) line.number("template", 1);
    line.number("uptime", 0);
}

}  // namespace

guest_reading read_qemu(const guest& it, std::int64_t t) {
    if (it.state != guest_state::running) return {};
    const bool has_driver = it.balloon == balloon_state::driver;
    const auto in_use =
        has_driver ? it.memory_bytes / 100 * 97 - free_memory_of(it, t) : it.memory_bytes / 8 * 7;
    return {.cpu = share_at(mix(it.own, cpu), t) / 4,
            .memory = in_use,
            .memory_host = level_at(mix(it.own, cgroup), in_use, it.memory_bytes, t),
            .disk = 0,
            .disk_read = drive_sum(it, "rd_bytes", t),
            .disk_write = drive_sum(it, "wr_bytes", t),
            .net_in = net_in(it, t),
            .net_out = net_out(it, t),
            .uptime = static_cast<std::uint64_t>(std::max<std::int64_t>(0, t - it.started_at))};
}

std::vector<std::string_view> blockstat_field_names() {
    std::vector<std::string_view> names;
    for (const auto& field : drive_fields)
        names.push_back(field.name);
    return names;
}

void append_qemu(transaction& out, const node& host, const guest& it, std::int64_t seconds) {
    const auto tags = fmt::format("object=qemu,vmid={},nodename={},host={}", it.vmid, host.name,
                                  pve_tag_value(it.name));
    const bool is_running = it.state == guest_state::running;
    if (is_running) append_devices(out, it, tags, seconds);
    pve_line line(out, "system", tags);
    if (is_running) {
        append_running_system(line, it, seconds);
    } else {
        append_stopped_system(line, it);
    }
    line.at(seconds);
}

}  // namespace relay::simulate
