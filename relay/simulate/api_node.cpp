// Answers about one node.
#include "relay/simulate/api_view.hpp"
#include "relay/simulate/readings.hpp"
#include "relay/simulate/tasks.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

namespace relay::simulate {
namespace {

constexpr std::int64_t day = 86'400;
constexpr std::uint64_t gib = 1ull << 30;

// What a key is drawn for.
enum draw : std::uint64_t { zfs_size = 1100, zfs_used, disk_count, wear, issued, sockets };

std::string_view kernel_of(const release& pve) {
    if (pve.is_at_least(9)) return "6.14.11-1-pve";
    return pve.is_at_least(8) ? "6.8.12-9-pve" : "5.15.108-1-pve";
}

void put_kernel(json_writer& json, const release& pve) {
    const auto kernel = kernel_of(pve);
    const auto build = fmt::format("#1 SMP PREEMPT_DYNAMIC PMX {}", kernel);
    json.put("kversion", fmt::format("Linux {} {}", kernel, build));
    if (!pve.is_at_least(8)) return;
    json.object("current-kernel")
        .put("sysname", "Linux")
        .put("release", kernel)
        .put("version", build)
        .put("machine", "x86_64")
        .end();
    json.object("boot-info").put("mode", "efi").put("secureboot", 0).end();
}

void put_cpu(json_writer& json, const release& pve, const node& it) {
    const auto count = it.cpus >= 32 ? 2u : 1u;
    json.object("cpuinfo")
        .put("user_hz", 100)
        .put("model", "AMD EPYC 7313 16-Core Processor")
        .put("mhz", "3000.000")
        .put("cpus", it.cpus)
        .put("sockets", count)
        .put("cores", it.cpus / 2 / count)
        .put("flags", "fpu vme de pse tsc msr")
        .put("hvm", "1");
    if (pve.is_at_least(9)) json.put("vendor", "AuthenticAMD").put("family", "25");
    json.end();
}

void put_memory(json_writer& json, const release& pve, const node& it, const node_reading& now) {
    const auto left = it.memory_bytes - now.memory_used;
    json.object("memory")
        .put("free", left / 3)
        .put("total", it.memory_bytes)
        .put("used", now.memory_used);
    if (pve.is_at_least(8, 4)) json.put("available", left);
    json.end();
    json.object("ksm").put("shared", 0).end();
    json.object("swap")
        .put("free", now.swap_total - now.swap_used)
        .put("total", now.swap_total)
        .put("used", now.swap_used)
        .end();
}

// A certificate of two years, renewed when half a year is left.
std::int64_t issued_at(const node& it, std::int64_t second) {
    constexpr std::int64_t renewed_every = 550 * day;
    const auto offset = static_cast<std::int64_t>(between(mix(it.own, issued), 0, 500)) * day;
    return (second - offset) / renewed_every * renewed_every + offset;
}

void append_certificate(json_writer& json, const api_view& view, std::string_view file,
                        std::int64_t from, std::int64_t until) {
    const auto& it = view.named();
    const bool is_root = file == "pve-root-ca.pem";
    const std::string issuer =
        "/CN=Proxmox Virtual Environment/OU=5f0e7b1c/O=PVE Cluster Manager CA";
    json.object()
        .put("filename", file)
        .put("fingerprint", fingerprint_of(view, it))
        .put("issuer", issuer)
        .put("subject", is_root ? issuer
                                : fmt::format("/OU=PVE Cluster Node/O=Proxmox Virtual "
                                              "Environment/CN={}.example.com",
                                              it.name))
        .put("notbefore", from)
        .put("notafter", until)
        .put("public-key-type", "rsaEncryption")
        .put("public-key-bits", is_root ? 4096 : 2048)
        .array("san");
    if (!is_root) json.element("127.0.0.1").element("::1").element("localhost").element(it.name);
    json.end().end();
}

struct disk_model {
    std::string_view path, vendor, model, type;
    std::uint64_t bytes;
    unsigned rpm;
    std::string_view used;
};

constexpr std::array disk_models{
    disk_model{"/dev/nvme0n1", "unknown", "SAMSUNG MZQL21T9", "nvme", 1'920'383'410'176, 0, "ZFS"},
    disk_model{"/dev/nvme1n1", "unknown", "SAMSUNG MZQL21T9", "nvme", 1'920'383'410'176, 0, "ZFS"},
    disk_model{"/dev/sda", "ATA", "ST4000NM0033", "hdd", 4'000'787'030'016, 7200, "LVM"},
    disk_model{"/dev/sdb", "USB", "Flash", "usb", 16'008'609'792, 0, ""},
};

void append_disk(json_writer& json, const api_view& view, const disk_model& it, bool with_smart) {
    const auto own = mix(view.named().own, static_cast<std::uint64_t>(&it - disk_models.data()));
    const bool has_smart = it.type != "usb";
    json.object()
        .put("devpath", it.path)
        .put("vendor", it.vendor)
        .put("model", it.model)
        .put("serial", has_smart ? fmt::format("S{:014X}", own >> 8) : "unknown")
        .put("size", it.bytes)
        .put("type", it.type)
        .put("rpm", it.rpm)
        .put("gpt", it.used.empty() ? 0 : 1)
        .put("wwn", has_smart ? fmt::format("eui.{:016x}", own) : "unknown")
        .put("health", !with_smart || !has_smart ? "UNKNOWN" : "PASSED");
    if (with_smart && it.type == "nvme") {
        json.put("wearout", between(mix(own, wear), 40, 100));
    } else {
        json.put("wearout", "N/A");
    }
    json.put("by_id_link", fmt::format("/dev/disk/by-id/{}-{}", it.type, own >> 32));
    if (!it.used.empty()) json.put("used", it.used);
    json.put("osdid", -1).null("osdid-list").end();
}

bool replicates(const api_view& view, const guest& it) {
    return view.now.nodes.size() > 1 && it.state != guest_state::template_image &&
           mix(it.own, 1200) % 9 == 0;
}

/// To the next node, every quarter of an hour.
const node& replication_target(const api_view& view, std::size_t host) {
    return view.now.shown.nodes[(host + 1) % view.now.nodes.size()];
}

void put_replication(json_writer& json, const api_view& view, std::size_t host, const guest& it) {
    json.put("id", fmt::format("{}-0", it.vmid))
        .put("type", "local")
        .put("guest", it.vmid)
        .put("jobnum", 0)
        .put("source", view.now.shown.nodes[host].name)
        .put("target", replication_target(view, host).name)
        .put("schedule", "*/15");
}

void put_replication_state(json_writer& json, const api_view& view, std::size_t host,
                           const guest& it) {
    constexpr std::int64_t every = 900;
    const auto last = view.now.second / every * every;
    const auto target = (host + 1) % view.now.nodes.size();
    const auto lost = view.now.last_heard(host, target);
    const bool fails = lost < last;
    json.put("vmtype", it.kind == guest_kind::qemu ? "qemu" : "lxc")
        .put("next_sync", last + every)
        .put("last_sync", fails ? lost / every * every : last)
        .put("last_try", last)
        .put("duration", fails ? 30.4 : 2 + 4 * share_at(it.own, last))
        .put("fail_count", fails ? (last - lost) / every + 1 : 0);
    if (fails) json.put("error", "command '/usr/bin/ssh ...' failed: exit code 255");
}

/// A whole number of the query; `otherwise` where there is none.
std::int64_t parameter(const api_view& view, std::string_view name, std::int64_t otherwise) {
    const auto at = view.asked.parameters.find(name);
    if (at == view.asked.parameters.end()) return otherwise;
    std::int64_t number = otherwise;
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), number);
    return number;
}

std::vector<task> asked_tasks(const api_view& view) {
    constexpr std::int64_t index_reaches = 8 * day;
    const auto second = view.now.second;
    const auto since = std::max(second - index_reaches, parameter(view, "since", 0));
    auto tasks = tasks_of(view.of, *view.node, since, second);
    const auto type = view.asked.parameters.find("typefilter");
    const auto source = view.asked.parameters.find("source");
    const bool wants_active = source != view.asked.parameters.end() && source->second != "archive";
    std::erase_if(tasks, [&](const task& it) {
        if (type != view.asked.parameters.end() && it.type != type->second) return true;
        return !wants_active && it.end > second;
    });
    return tasks;
}

std::optional<task> find_task(const api_view& view, std::string_view upid) {
    auto tasks = tasks_of(view.of, *view.node, view.now.second - 8 * day, view.now.second);
    const auto at = std::ranges::find(tasks, upid, &task::upid);
    if (at == tasks.end()) return {};
    return std::move(*at);
}

std::vector<std::string> log_of(const task& it, std::int64_t second) {
    if (it.run) return backup_log(*it.run, second);
    if (second < it.end) return {};
    return {it.status == "OK" ? "TASK OK" : "TASK ERROR: " + it.status};
}

}  // namespace

api_result node_status_body(const api_view& view) {
    const auto& it = view.named();
    const auto now = read_node(it, view.now.second);
    auto json = view.json();
    json.object().put("uptime", now.uptime).put("idle", 0).array("loadavg");
    for (const auto load : {now.load_1, now.load_5, now.load_15})
        json.element(fmt::format("{:.2f}", load));
    json.end();
    put_kernel(json, view.pve());
    put_cpu(json, view.pve(), it);
    json.put("cpu", now.cpu).put("wait", now.wait);
    put_memory(json, view.pve(), it, now);
    json.put("pveversion", fmt::format("pve-manager/{}/14a22df35955d97d", view.pve().version()))
        .object("rootfs")
        .put("total", now.root_total)
        .put("used", now.root_used)
        .put("avail", now.root_total - now.root_used)
        .put("free", now.root_total - now.root_used)
        .end();
    return api_body{json.end().text()};
}

api_result subscription_body(const api_view& view) {
    const auto& level = view.of.course.level;
    auto json = view.json();
    json.object().put("url", "https://www.proxmox.com/proxmox-ve/pricing");
    if (level.empty()) {
        json.put("status", "notfound")
            .put("message", "There is no subscription key")
            .put("serverid", "0123456789ABCDEF0123456789ABCDEF");
        return api_body{json.end().text()};
    }
    const auto ends = issued_at(view.named(), view.now.second) + 730 * day;
    const auto date = [](std::int64_t second) {
        return fmt::format("{:%Y-%m-%d}", fmt::gmtime(static_cast<std::time_t>(second)));
    };
    json.put("status", "active")
        .put("level", level)
        .put("productname", "Proxmox VE Subscription")
        .put("nextduedate", date(ends))
        .put("regdate", date(ends - 365 * day))
        .put("checktime", view.now.second - view.now.second % day)
        .put("sockets", 1)
        .put("serverid", "0123456789ABCDEF0123456789ABCDEF");
    return api_body{json.end().text()};
}

api_result certificates_body(const api_view& view) {
    const auto from = issued_at(view.named(), view.now.second);
    auto json = view.json();
    json.array();
    append_certificate(json, view, "pve-root-ca.pem", 1'600'000'000, 1'915'360'000);
    append_certificate(json, view, "pve-ssl.pem", from, from + 730 * day);
    return api_body{json.end().text()};
}

api_result zfs_body(const api_view& view) {
    const auto& it = view.named();
    const auto told = view.now.zfs_health.find(it.name);
    auto json = view.json();
    json.array();
    for (const std::string_view name : {"rpool", "tank"}) {
        const auto own = mix(it.own, name == "tank" ? zfs_size : zfs_used);
        const auto size = between(own, 400, 40'000) * gib;
        const auto used = level_at(own, size / 4, size / 2, view.now.second / 60);
        const bool is_told = name == "tank" && told != view.now.zfs_health.end();
        json.object()
            .put("name", name)
            .put("size", size)
            .put("alloc", used)
            .put("free", size - used)
            .put("frag", between(mix(own, 1), 0, 40))
            .put("dedup", 1)
            .put("health", is_told ? std::string_view(told->second) : "ONLINE")
            .end();
    }
    return api_body{json.end().text()};
}

api_result disks_body(const api_view& view) {
    const auto skip = view.asked.parameters.find("skipsmart");
    const bool with_smart = skip == view.asked.parameters.end() || skip->second != "1";
    auto json = view.json();
    json.array();
    for (const auto& it : disk_models)
        append_disk(json, view, it, with_smart);
    return api_body{json.end().text()};
}

api_result replication_jobs_body(const api_view& view) {
    auto json = view.json();
    json.array();
    for (std::size_t host = 0; host < view.now.nodes.size(); ++host) {
        for (const auto& it : view.now.shown.nodes[host].guests) {
            if (!replicates(view, it) || !may_see(view.now, it, "VM.Audit")) continue;
            json.object();
            put_replication(json, view, host, it);
            json.end();
        }
    }
    return api_body{json.end().text()};
}

api_result node_replication_body(const api_view& view) {
    auto json = view.json();
    json.array();
    for (const auto& it : view.named().guests) {
        if (!replicates(view, it) || !may_see(view.now, it, "VM.Audit")) continue;
        json.object();
        put_replication(json, view, *view.node, it);
        put_replication_state(json, view, *view.node, it);
        json.end();
    }
    return api_body{json.end().text()};
}

api_result node_storages_body(const api_view& view) {
    const auto& host = view.named();
    auto json = view.json();
    json.array();
    for (const auto& it : host.storages) {
        if (!may(view.now, "/storage/" + it.name, "Datastore.Audit")) continue;
        const auto reading = read_storage(it, view.now.second);
        const bool is_dead = view.now.dead_since.contains({host.name, it.name});
        const auto total = is_dead ? 0 : it.total_bytes;
        const auto used = is_dead ? 0 : reading.used;
        json.object()
            .put("storage", it.name)
            .put("type", it.type)
            .put("content", reading.content)
            .put("enabled", 1)
            .put("active", is_dead ? 0 : 1)
            .put("shared", it.shared ? 1 : 0)
            .put("total", total)
            .put("used", used)
            .put("avail", total - used);
        if (total > 0)
            json.put("used_fraction", static_cast<double>(used) / static_cast<double>(total));
        json.end();
    }
    return api_body{json.end().text()};
}

api_result node_tasks_body(const api_view& view) {
    auto tasks = asked_tasks(view);
    // Only its own without the privilege, and it started none.
    if (!may(view.now, "/nodes/" + view.named().name, "Sys.Audit")) tasks.clear();
    const auto total = tasks.size();
    const auto limit =
        static_cast<std::size_t>(std::max<std::int64_t>(0, parameter(view, "limit", 50)));
    if (tasks.size() > limit) tasks.resize(limit);
    auto json = view.json();
    json.array();
    for (const auto& it : tasks) {
        json.object()
            .put("upid", it.upid())
            .put("node", it.node)
            .put("pid", it.pid)
            .put("pstart", it.pstart)
            .put("starttime", it.begin)
            .put("type", it.type)
            .put("id", it.id)
            .put("user", it.user);
        if (it.end <= view.now.second) {
            json.put("endtime", it.end).put("status", it.status);
        } else {
            json.put("status", "RUNNING");
        }
        json.end();
    }
    return api_body{.data = json.end().text(), .total = total};
}

api_result task_log_body(const api_view& view) {
    const auto& upid = view.asked.path[3];
    const auto it = find_task(view, upid);
    if (!it) return unexpected(api_failure{.status = 500, .message = "no such task"});
    const auto lines = log_of(*it, view.now.second);
    const auto limit =
        static_cast<std::size_t>(std::max<std::int64_t>(0, parameter(view, "limit", 50)));
    auto json = view.json();
    json.array();
    for (std::size_t n = 0; n < std::min(limit, lines.size()); ++n)
        json.object().put("n", n + 1).put("t", lines[n]).end();
    return api_body{.data = json.end().text(), .total = lines.size()};
}

}  // namespace relay::simulate
