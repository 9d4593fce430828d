// Answers about the whole cluster, but for /cluster/resources.
#include "relay/simulate/api_view.hpp"
#include "relay/simulate/tasks.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

namespace relay::simulate {
namespace {

std::string address_of(const api_view& view, std::size_t index) {
    const auto& known = view.of.course.addresses;
    const auto at = known.find(view.now.shown.nodes[index].name);
    return at != known.end() ? at->second : fmt::format("10.0.0.{}", 11 + index);
}

void append_node(json_writer& json, const api_view& view, std::size_t index, bool stands_alone) {
    const auto& it = view.now.shown.nodes[index];
    json.object()
        .put("type", "node")
        .put("id", "node/" + it.name)
        .put("name", it.name)
        .put("nodeid", stands_alone ? 0 : index + 1)
        .put("local", index == view.at ? 1 : 0)
        .put("online", view.now.sees(view.at, index) ? 1 : 0)
        .put("ip", address_of(view, index))
        .put("level", view.of.course.level)
        .end();
}

std::string clock_text(std::int64_t second) {
    return fmt::format("{:%a %b %e %H:%M:%S %Y}", fmt::gmtime(static_cast<std::time_t>(second)));
}

bool has_services(const api_view& view) {
    return std::ranges::any_of(view.now.shown.nodes, [](const node& it) {
        return std::ranges::any_of(it.guests, &guest::is_managed);
    });
}

void append_service(json_writer& json, const node& host, const guest& it) {
    const auto sid = fmt::format("{}:{}", it.kind == guest_kind::qemu ? "vm" : "ct", it.vmid);
    const bool is_running = it.state == guest_state::running;
    const std::string_view state = is_running ? "started" : "stopped";
    json.object()
        .put("id", "service:" + sid)
        .put("type", "service")
        .put("sid", sid)
        .put("node", host.name)
        .put("crm_state", state)
        .put("state", state)
        .put("status", fmt::format("{} ({}, {})", sid, host.name, state))
        .put("request_state", state)
        .put("max_restart", 1)
        .put("max_relocate", 1)
        .end();
}

void append_managers(json_writer& json, const api_view& view) {
    const auto& master = view.now.shown.nodes[view.at].name;
    const auto second = view.now.second;
    json.object()
        .put("id", "master")
        .put("type", "master")
        .put("node", master)
        .put("status", fmt::format("{} (active, {})", master, clock_text(second)))
        .put("timestamp", second)
        .end();
    if (view.pve().is_at_least(9)) {
        json.object()
            .put("id", "fencing")
            .put("type", "fencing")
            .put("node", master)
            .put("status", "armed (CRM watchdog active)")
            .put("armed-state", "armed")
            .end();
    }
    for (std::size_t i = 0; i < view.now.nodes.size(); ++i) {
        const auto& name = view.now.shown.nodes[i].name;
        json.object().put("id", "lrm:" + name).put("type", "lrm").put("node", name);
        if (view.now.sees(view.at, i)) {
            json.put("status",
                     fmt::format("{} (active, watchdog active, {})", name, clock_text(second)))
                .put("timestamp", second);
        } else {
            json.put("status", name + " (unable to read lrm status)");
        }
        json.end();
    }
}

}  // namespace

std::string pool_of(const api_view& view, const guest& it) {
    if (view.pve().is_at_least(8, 1)) return it.pool;
    return it.pool.substr(0, it.pool.find('/'));
}

std::string fingerprint_of(const api_view& view, const node& it) {
    const auto& known = view.of.course.fingerprints;
    if (const auto at = known.find(it.name); at != known.end()) return at->second;
    std::string text;
    for (std::uint64_t i = 0; i < 32; ++i)
        text += fmt::format("{}{:02X}", i == 0 ? "" : ":", mix(it.own, 900 + i) % 256);
    return text;
}

api_result version_body(const api_view& view) {
    const auto& pve = view.pve();
    return api_body{view.json()
                        .object()
                        .put("version", pve.version())
                        .put("release", fmt::format("{}.{}", pve.major, pve.minor))
                        .put("repoid", pve.is_at_least(9) ? "14a22df35955d97d" : "0f39f621")
                        .end()
                        .text()};
}

api_result cluster_status_body(const api_view& view) {
    const auto count = view.now.nodes.size();
    auto json = view.json();
    json.array();
    if (count > 1) {
        json.object()
            .put("type", "cluster")
            .put("id", "cluster")
            .put("name", view.now.shown.name)
            .put("nodes", count)
            .put("version", count)
            .put("quorate", view.now.is_quorate(view.at) ? 1 : 0)
            .end();
    }
    for (std::size_t i = 0; i < count; ++i)
        append_node(json, view, i, count == 1);
    return api_body{json.end().text()};
}

api_result ha_status_body(const api_view& view) {
    const bool quorate = view.now.is_quorate(view.at);
    auto json = view.json();
    json.array()
        .object()
        .put("id", "quorum")
        .put("type", "quorum")
        .put("node", view.now.shown.nodes[view.at].name)
        .put("status", quorate ? "OK" : "No quorum on node")
        .put("quorate", quorate ? 1 : 0)
        .end();
    if (has_services(view)) append_managers(json, view);
    for (const auto& host : view.now.shown.nodes) {
        for (const auto& it : host.guests) {
            if (it.is_managed) append_service(json, host, it);
        }
    }
    return api_body{json.end().text()};
}

api_result pools_body(const api_view& view) {
    std::set<std::string> pools;
    for (const auto& host : view.now.shown.nodes) {
        for (const auto& it : host.guests) {
            // A pool within another is there only with it.
            auto name = pool_of(view, it);
            while (!name.empty()) {
                const auto outer = name.rfind('/');
                pools.insert(name);
                name.resize(outer == std::string::npos ? 0 : outer);
            }
        }
    }
    auto json = view.json();
    json.array();
    for (const auto& name : pools) {
        if (!may(view.now, "/pool/" + name, "Pool.Audit")) continue;
        json.object().put("poolid", name);
        if (name == "prod") json.put("comment", "what customers see");
        json.end();
    }
    return api_body{json.end().text()};
}

api_result not_backed_up_body(const api_view& view) {
    auto json = view.json();
    json.array();
    for (const auto& host : view.now.shown.nodes) {
        for (const auto& it : host.guests) {
            if (is_in_backup_job(it) || !may_see(view.now, it, "VM.Audit")) continue;
            json.object()
                .put("vmid", it.vmid)
                .put("type", it.kind == guest_kind::qemu ? "qemu" : "lxc");
            const bool has_name = !it.name.starts_with("VM ") && !it.name.starts_with("CT");
            if (has_name) json.put("name", it.name);
            json.end();
        }
    }
    return api_body{json.end().text()};
}

api_result ceph_status_body(const api_view& view) {
    const auto& storages = view.now.shown.nodes[view.at].storages;
    if (std::ranges::find(storages, "rbd", &storage::type) == storages.end())
        return unexpected(api_failure{500, "binary not installed: /usr/bin/ceph-mon"});
    auto json = view.json();
    json.object().put("fsid", "5f0e7b1c-0000-4000-8000-000000000001").object("health");
    json.put("status", view.now.ceph_health).object("checks").end().end();
    return api_body{json.end().text()};
}

api_result cluster_tasks_body(const api_view& view) {
    constexpr std::int64_t looks_back = 86'400;
    constexpr std::size_t of_a_node = 25;
    const auto second = view.now.second;
    auto json = view.json();
    json.array();
    for (std::size_t i = 0; i < view.now.nodes.size(); ++i) {
        if (!may(view.now, "/", "Sys.Audit")) break;  // the token itself started none
        const auto until = view.now.last_heard(view.at, i);
        auto tasks = tasks_of(view.of, i, until - looks_back, until);
        if (tasks.size() > of_a_node) tasks.resize(of_a_node);
        for (const auto& it : tasks) {
            const bool has_ended = it.end <= second;
            json.object()
                .put("upid", it.upid())
                .put("node", it.node)
                .put("pid", it.pid)
                .put("pstart", it.pstart)
                .put("starttime", it.begin)
                .put("type", it.type)
                .put("id", it.id)
                .put("user", it.user)
                .put("saved", has_ended ? "1" : "0");
            if (has_ended) json.put("endtime", it.end).put("status", it.status);
            json.end();
        }
    }
    return api_body{json.end().text()};
}

}  // namespace relay::simulate
