// The answers that tell what there is in a cluster and what of it the token may see.
#include "relay/topology/api_reply.hpp"
#include "relay/topology/json_value.hpp"
#include "relay/topology/reply_list.hpp"
#include "relay/topology/words.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace relay::topology {
namespace {

/// Of a guest: tags are few words, and Proxmox bounds them by what a configuration line holds.
constexpr std::size_t tags_bytes_max = 1'024;

bool read_guest(const json::object& item, guest_kind kind, std::vector<guest>& out) {
    const auto vmid = json::small_count(item, "vmid");
    auto node = json::text(item, "node");
    if (!vmid || *vmid == 0 || node.empty()) return false;
    guest one;
    one.id = {kind, *vmid};
    one.node = std::move(node);
    one.name = json::text(item, "name");
    one.status = json::text(item, "status");
    one.pool = json::text(item, "pool");
    one.lock = json::text(item, "lock");
    one.ha_state = json::text(item, "hastate");
    one.tags = sorted_words(json::text(item, "tags", tags_bytes_max), ";, ");
    one.is_template = json::flag(item, "template").value_or(false);
    one.cpus = json::number(item, "maxcpu");
    one.memory_bytes = json::count(item, "maxmem");
    one.disk_bytes = json::count(item, "maxdisk");
    if (const auto uptime = json::count(item, "uptime"))
        one.uptime_s = static_cast<std::int64_t>(*uptime);
    out.push_back(std::move(one));
    return true;
}

std::optional<node> read_node(const json::object& item, std::string_view name_key) {
    node one;
    one.name = json::text(item, name_key);
    if (one.name.empty()) return {};
    one.status = json::text(item, "status");
    one.ha_state = json::text(item, "hastate");
    one.level = json::text(item, "level");
    one.fingerprint = json::text(item, "ssl_fingerprint");
    return one;
}

bool read_storage(const json::object& item, std::vector<storage>& out) {
    storage one;
    one.name = json::text(item, "storage");
    one.node = json::text(item, "node");
    if (one.name.empty() || one.node.empty()) return false;
    one.type = json::text(item, "plugintype");
    // Proxmox walks a hash: the same contents come in another order each time.
    one.content =
        fmt::format("{}", fmt::join(sorted_words(json::text(item, "content"), ", "), ","));
    one.status = json::text(item, "status");
    one.is_shared = json::flag(item, "shared").value_or(false);
    one.size_bytes = json::count(item, "maxdisk");
    one.used_bytes = json::count(item, "disk");
    out.push_back(std::move(one));
    return true;
}

bool read_pool(const json::object& item, std::vector<pool>& out) {
    pool one;
    one.name = json::text(item, "pool");
    if (one.name.empty()) return false;
    out.push_back(std::move(one));
    return true;
}

bool read_resource(const json::object& item, resources& out) {
    const auto type = json::text(item, "type");
    if (type == "qemu") return read_guest(item, guest_kind::qemu, out.guests);
    if (type == "lxc") return read_guest(item, guest_kind::lxc, out.guests);
    if (type == "storage") return read_storage(item, out.storages);
    if (type == "pool") return read_pool(item, out.pools);
    if (type != "node") return !type.empty();  // sdn, network and what is to come: not ours
    auto one = read_node(item, "node");
    if (!one) return false;
    out.nodes.push_back(std::move(*one));
    return true;
}

bool read_status_item(const json::object& item, cluster_status& out) {
    const auto type = json::text(item, "type");
    if (type == "cluster") {
        out.name = json::text(item, "name");
        out.is_quorate = json::flag(item, "quorate");
        return true;
    }
    if (type != "node") return false;
    auto one = read_node(item, "name");
    if (!one) return false;
    one->number = json::small_count(item, "nodeid");
    one->address = json::text(item, "ip");
    if (const auto online = json::flag(item, "online"))
        one->status = *online ? "online" : "offline";
    out.nodes.push_back(std::move(*one));
    return true;
}

/// The value says whether the privilege holds for what lies below the path; one that does not is
/// worth nothing on "/", where nothing but the root itself would be seen.
bool reaches_below(const json::object& granted, std::string_view privilege) {
    return json::flag(granted, privilege).value_or(false);
}

}  // namespace

reply<resources> read_resources(std::string_view body) {
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, body);
    if (!data) return unexpected(data.error());
    resources out;
    const auto lost = json::for_each_item(
        *data, [&](const json::object& item) { return read_resource(item, out); });
    if (!lost) return unexpected(lost.error());
    out.items_lost = *lost;
    return out;
}

reply<cluster_status> read_cluster_status(std::string_view body) {
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, body);
    if (!data) return unexpected(data.error());
    cluster_status out;
    const auto lost = json::for_each_item(
        *data, [&](const json::object& item) { return read_status_item(item, out); });
    if (!lost) return unexpected(lost.error());
    if (out.nodes.empty()) return unexpected(std::string("it names no node"));
    if (out.name.empty() && !out.is_quorate) out.is_quorate = true;
    out.items_lost = *lost;
    return out;
}

reply<reply_list<node>> read_nodes(std::string_view body) {
    return json::read_list<node>(body,
                                 [](const json::object& item) { return read_node(item, "node"); });
}

reply<std::string> read_version(std::string_view body) {
    const auto read = json::read_object<std::string>(
        body, [](const json::object& fields) { return json::text(fields, "version"); });
    if (read && read->empty()) return unexpected(std::string("it names no version"));
    return read;
}

reply<permissions> read_permissions(std::string_view body) {
    return json::read_object<permissions>(body, [](const json::object& paths) {
        permissions out{.none_at_all = true};
        for (const auto [path, value] : paths) {
            json::object granted;
            if (value.get_object().get(granted) != simdjson::SUCCESS || granted.size() == 0)
                continue;
            out.none_at_all = false;
            out.some_guests = out.some_guests || reaches_below(granted, "VM.Audit");
            if (path != "/") continue;
            for (const auto [privilege, propagates] : granted) {
                if (reaches_below(granted, privilege)) out.everywhere.emplace_back(privilege);
            }
        }
        std::ranges::sort(out.everywhere);
        return out;
    });
}

}  // namespace relay::topology
