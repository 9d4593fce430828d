// The answers that tell how one node and its hardware are.
#include "relay/base/rfc3339.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/json_value.hpp"
#include "relay/topology/reply_list.hpp"

#include <algorithm>

namespace relay::topology {
namespace {

/// "pve-manager/9.2.11/14a22df35955d97d": the part in the middle.
std::string version_of(std::string_view pveversion) {
    const auto first = pveversion.find('/');
    if (first == std::string_view::npos) return std::string(pveversion);
    const auto rest = pveversion.substr(first + 1);
    return std::string(rest.substr(0, rest.find('/')));
}

/// "Linux 5.15.108-1-pve #1 SMP …": the second word. Proxmox VE 7 has nothing better.
std::string kernel_of(std::string_view kversion) {
    const auto first = kversion.find(' ');
    if (first == std::string_view::npos) return std::string(kversion);
    const auto rest = kversion.substr(first + 1);
    return std::string(rest.substr(0, rest.find(' ')));
}

std::optional<json::object> object_in(const json::object& of, std::string_view key) {
    const auto found = json::member(of, key);
    json::object inner;
    if (!found || found->get_object().get(inner) != simdjson::SUCCESS) return {};
    return inner;
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return text;
}

/// "2026-03-01": the beginning of that day, UTC.
std::optional<std::int64_t> day_of(std::string_view date) {
    const auto time_ns = parse_rfc3339(date);
    if (!time_ns || *time_ns <= 0) return {};
    return *time_ns / 1'000'000'000;
}

/// A percentage as what it is of one.
std::optional<double> ratio(const json::object& of, std::string_view key) {
    const auto percent = json::number(of, key);
    if (!percent) return {};
    return *percent / 100;
}

std::optional<zfs_pool> read_zfs_pool(const json::object& item) {
    zfs_pool one;
    one.name = json::text(item, "name");
    const auto size = json::count(item, "size");
    const auto allocated = json::count(item, "alloc");
    const auto free = json::count(item, "free");
    if (one.name.empty() || !size || !allocated || !free) return {};
    one.health = json::text(item, "health");
    one.size_bytes = *size;
    one.allocated_bytes = *allocated;
    one.free_bytes = *free;
    one.fragmentation_ratio = ratio(item, "frag");
    one.dedup_ratio = json::number(item, "dedup");
    return one;
}

/// Proxmox writes "unknown" where a disk does not say.
std::string known_text(const json::object& item, std::string_view key) {
    auto text = json::text(item, key);
    return lower(text) == "unknown" ? std::string() : text;
}

std::optional<physical_disk> read_disk(const json::object& item) {
    physical_disk one;
    one.device = json::text(item, "devpath");
    const auto size = json::count(item, "size");
    if (one.device.empty() || !size) return {};
    one.size_bytes = *size;
    one.type = known_text(item, "type");
    one.model = known_text(item, "model");
    one.serial = known_text(item, "serial");
    one.vendor = known_text(item, "vendor");
    one.health = known_text(item, "health");
    one.life_left_ratio = ratio(item, "wearout");
    return one;
}

std::optional<certificate> read_certificate(const json::object& item) {
    certificate one;
    one.file = json::text(item, "filename");
    const auto expires = json::instant(item, "notafter");
    if (one.file.empty() || !expires) return {};
    one.expires_s = *expires;
    return one;
}

std::optional<storage> read_node_storage(const json::object& item) {
    storage one;
    one.name = json::text(item, "storage");
    if (one.name.empty()) return {};
    one.type = json::text(item, "type");
    one.is_active = json::flag(item, "active");
    if (!json::flag(item, "enabled").value_or(true)) one.is_active.reset();
    return one;
}

}  // namespace

reply<node> read_node_status(std::string_view body) {
    return json::read_object<node>(body, [](const json::object& fields) {
        node out;
        out.version = version_of(json::text(fields, "pveversion"));
        if (const auto kernel = object_in(fields, "current-kernel"))
            out.kernel = json::text(*kernel, "release");
        if (out.kernel.empty()) out.kernel = kernel_of(json::text(fields, "kversion"));
        if (const auto cpu = object_in(fields, "cpuinfo")) {
            out.cpu_model = json::text(*cpu, "model");
            out.cpus = json::small_count(*cpu, "cpus");
            out.sockets = json::small_count(*cpu, "sockets");
        }
        if (const auto memory = object_in(fields, "memory"))
            out.memory_bytes = json::count(*memory, "total");
        return out;
    });
}

reply<node> read_subscription(std::string_view body) {
    return json::read_object<node>(body, [](const json::object& fields) {
        node out;
        out.subscription = lower(json::text(fields, "status"));
        out.level = json::text(fields, "level");
        out.subscription_ends_s = day_of(json::text(fields, "nextduedate"));
        return out;
    });
}

reply<reply_list<certificate>> read_certificates(std::string_view body) {
    auto found = json::read_list<certificate>(body, read_certificate);
    if (found) std::ranges::sort(found->items, {}, &certificate::file);
    return found;
}

reply<reply_list<zfs_pool>> read_zfs_pools(std::string_view body) {
    auto pools = json::read_list<zfs_pool>(body, read_zfs_pool);
    if (pools) std::ranges::sort(pools->items, {}, &zfs_pool::name);
    return pools;
}

reply<reply_list<physical_disk>> read_disks(std::string_view body) {
    auto disks = json::read_list<physical_disk>(body, read_disk);
    if (disks) std::ranges::sort(disks->items, {}, &physical_disk::device);
    return disks;
}

reply<reply_list<storage>> read_node_storages(std::string_view body) {
    auto storages = json::read_list<storage>(body, read_node_storage);
    if (storages) std::erase_if(storages->items, [](const storage& one) { return !one.is_active; });
    return storages;
}

}  // namespace relay::topology
