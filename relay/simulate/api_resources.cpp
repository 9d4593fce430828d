// /cluster/resources and /nodes: one entry per thing, in any order, with what the token may see of
// it and what the asked node still remembers.
#include "relay/simulate/api_view.hpp"
#include "relay/simulate/readings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace relay::simulate {
namespace {

std::string_view type_of(const guest& it) {
    return it.kind == guest_kind::qemu ? "qemu" : "lxc";
}

void put_reading(json_writer& json, const api_view& view, const guest& it, std::int64_t second) {
    const auto now = read_guest(it, second);
    json.put("uptime", now.uptime)
        .put("name", it.name)
        .put("template", it.state == guest_state::template_image ? 1 : 0)
        .put("maxcpu", it.cpus)
        .put("cpu", now.cpu)
        .put("maxmem", it.memory_bytes)
        .put("mem", now.memory)
        .put("maxdisk", it.disk_bytes)
        .put("disk", now.disk)
        .put("netin", now.net_in)
        .put("netout", now.net_out)
        .put("diskread", now.disk_read)
        .put("diskwrite", now.disk_write);
    if (view.pve().is_at_least(9)) json.put("memhost", now.memory_host);
}

std::string guest_entry(const api_view& view, std::size_t host, const guest& it) {
    const bool is_known = view.is_remembered(host);
    const bool runs = it.state == guest_state::running;
    auto json = view.json();
    json.object()
        .put("id", fmt::format("{}/{}", type_of(it), it.vmid))
        .put("vmid", it.vmid)
        .put("node", view.now.shown.nodes[host].name)
        .put("type", type_of(it))
        .put("status", !is_known ? "unknown"
                       : runs    ? "running"
                                 : "stopped");
    if (is_known) put_reading(json, view, it, view.now.last_heard(view.at, host));
    const auto pool = pool_of(view, it);
    if (!pool.empty() && may(view.now, "/pool/" + pool, "Pool.Audit")) json.put("pool", pool);
    if (!it.lock.empty()) json.put("lock", it.lock);
    if (!it.tags.empty()) json.put("tags", it.tags);
    if (it.is_managed) json.put("hastate", runs ? "started" : "stopped");
    return json.end().text();
}

/// Begins with what anyone may see.
json_writer node_entry(const api_view& view, std::size_t index) {
    const auto& it = view.now.shown.nodes[index];
    const bool is_online = view.now.sees(view.at, index);
    auto json = view.json();
    json.object()
        .put("id", "node/" + it.name)
        .put("node", it.name)
        .put("type", "node")
        .put("status", is_online ? "online" : "offline");
    if (!view.is_remembered(index)) return json;
    json.put("level", view.of.course.level);
    if (!may(view.now, "/nodes/" + it.name, "Sys.Audit")) return json;
    const auto reading = read_node(it, view.now.second);
    if (is_online) {
        json.put("uptime", reading.uptime)
            .put("cpu", reading.cpu)
            .put("mem", reading.memory_used)
            .put("disk", reading.root_used);
    }
    json.put("maxcpu", it.cpus).put("maxmem", it.memory_bytes).put("maxdisk", reading.root_total);
    return json;
}

std::string node_resource(const api_view& view, std::size_t index) {
    auto json = node_entry(view, index);
    const auto& nodes = view.now.shown.nodes;
    if (may(view.now, "/nodes/" + nodes[index].name, "Sys.Audit")) json.put("cgroup-mode", 2);
    const bool has_ha = std::ranges::any_of(
        nodes, [](const node& it) { return std::ranges::any_of(it.guests, &guest::is_managed); });
    if (has_ha) json.put("hastate", view.now.sees(view.at, index) ? "online" : "unknown");
    return json.end().text();
}

std::string storage_entry(const api_view& view, std::size_t host, const storage& it) {
    constexpr std::int64_t memory_seconds = 300;
    const auto& node = view.now.shown.nodes[host];
    auto last = view.now.last_heard(view.at, host);
    const auto dead = view.now.dead_since.find({node.name, it.name});
    if (dead != view.now.dead_since.end()) last = std::min(last, dead->second);
    const bool is_known = view.now.second - last <= memory_seconds;
    const auto reading = read_storage(it, last);
    auto json = view.json();
    json.object()
        .put("id", fmt::format("storage/{}/{}", node.name, it.name))
        .put("storage", it.name)
        .put("node", node.name)
        .put("type", "storage")
        .put("plugintype", it.type)
        .put("status", is_known ? "available" : "unknown")
        .put("shared", it.shared ? 1 : 0)
        .put("content", reading.content);
    if (is_known) json.put("maxdisk", it.total_bytes).put("disk", reading.used);
    return json.end().text();
}

/// What the running guests of a pool take together.
struct pool_sum {
    std::uint64_t guests = 0, uptime = 0, memory = 0, memory_max = 0, cpus = 0;
    double cpu = 0;
};

std::map<std::string, pool_sum> pools_of(const api_view& view) {
    std::map<std::string, pool_sum> pools;
    for (std::size_t host = 0; host < view.now.nodes.size(); ++host) {
        for (const auto& it : view.now.shown.nodes[host].guests) {
            const auto name = pool_of(view, it);
            if (name.empty()) continue;
            auto& sum = pools[name];
            if (it.state != guest_state::running || !view.is_remembered(host)) continue;
            const auto now = read_guest(it, view.now.last_heard(view.at, host));
            ++sum.guests;
            sum.uptime = std::max(sum.uptime, now.uptime);
            sum.memory += now.memory;
            sum.memory_max += it.memory_bytes;
            sum.cpus += it.cpus;
            sum.cpu += now.cpu * it.cpus;
        }
    }
    return pools;
}

std::string pool_entry(const api_view& view, const std::string& name, const pool_sum& sum) {
    auto json = view.json();
    json.object().put("id", "/pool/" + name).put("pool", name).put("type", "pool");
    if (sum.guests > 0) {
        json.put("uptime", sum.uptime)
            .put("mem", sum.memory)
            .put("maxmem", sum.memory_max)
            .put("cpu", sum.cpu / static_cast<double>(sum.cpus))
            .put("maxcpu", sum.cpus);
    }
    return json.end().text();
}

std::string network_entry(const api_view& view, const std::string& node) {
    auto json = view.json();
    json.object();
    if (view.pve().is_at_least(9, 0, 12)) {
        json.put("id", fmt::format("network/{}/zone/localnetwork", node))
            .put("type", "network")
            .put("network-type", "zone")
            .put("network", "localnetwork");
    } else {
        json.put("id", fmt::format("sdn/{}/localnetwork", node))
            .put("type", "sdn")
            .put("sdn", "localnetwork");
    }
    return json.put("node", node).put("status", "ok").end().text();
}

class resources {
public:
    explicit resources(const api_view& view) : view_(view) {
        const auto& parameters = view.asked.parameters;
        if (const auto at = parameters.find("type"); at != parameters.end()) type_ = at->second;
    }

    std::vector<std::string> list();

private:
    [[nodiscard]] bool wants(std::string_view type) const { return type_.empty() || type_ == type; }
    void add_of_node(std::size_t index);

    const api_view& view_;
    std::string type_;
    std::vector<std::string> entries_;
};

void resources::add_of_node(std::size_t index) {
    const auto& it = view_.now.shown.nodes[index];
    const auto& now = view_.now;
    if (wants("node")) entries_.push_back(node_resource(view_, index));
    for (const auto& one : it.guests) {
        if (wants("vm") && may_see(now, one, "VM.Audit"))
            entries_.push_back(guest_entry(view_, index, one));
    }
    for (const auto& one : it.storages) {
        if (wants("storage") && may(now, "/storage/" + one.name, "Datastore.Audit"))
            entries_.push_back(storage_entry(view_, index, one));
    }
    if (wants("sdn") && now.sees(view_.at, index) && may(now, "/sdn", "SDN.Audit"))
        entries_.push_back(network_entry(view_, it.name));
}

std::vector<std::string> resources::list() {
    for (std::size_t i = 0; i < view_.now.nodes.size(); ++i)
        add_of_node(i);
    if (!type_.empty()) return std::move(entries_);
    for (const auto& [name, sum] : pools_of(view_)) {
        if (may(view_.now, "/pool/" + name, "Pool.Audit"))
            entries_.push_back(pool_entry(view_, name, sum));
    }
    return std::move(entries_);
}

/// In the order of a Perl hash: any, and another every time.
std::string shuffled(const api_view& view, const std::vector<std::string>& entries) {
    std::vector<std::pair<key, std::size_t>> order;
    for (std::size_t i = 0; i < entries.size(); ++i)
        order.emplace_back(mix(static_cast<key>(view.now.second), i), i);
    std::ranges::sort(order);
    auto json = view.json();
    json.array();
    for (const auto& [drawn, i] : order)
        json.raw(entries[i]);
    return json.end().text();
}

}  // namespace

api_result resources_body(const api_view& view) {
    return api_body{shuffled(view, resources(view).list())};
}

api_result nodes_body(const api_view& view) {
    std::vector<std::string> entries;
    for (std::size_t i = 0; i < view.now.nodes.size(); ++i) {
        auto json = node_entry(view, i);
        const auto& it = view.now.shown.nodes[i];
        if (may(view.now, "/nodes/" + it.name, "Sys.Audit"))
            json.put("ssl_fingerprint", fingerprint_of(view, it));
        entries.push_back(json.end().text());
    }
    return api_body{shuffled(view, entries)};
}

}  // namespace relay::simulate
