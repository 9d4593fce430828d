#include "sinks/end_event.hpp"

#include "sinks/naming/proxmox_line.hpp"
#include "sinks/series_fingerprint.hpp"

#include <array>
#include <utility>

namespace relay::sinks {

namespace {

constexpr std::array<std::pair<std::string_view, end_kind>, 5> kinds{{
    {"silent", end_kind::silent},
    {"gone", end_kind::gone},
    {"migrated", end_kind::migrated},
    {"renamed", end_kind::renamed},
    {"deleted", end_kind::deleted},
}};

}  // namespace

std::optional<end_event> read_end(const protocol::point& event) {
    const proxmox_line line(event);
    if (line.measurement != schema::event_measurement) return {};
    std::string_view kind;
    end_event out;
    for (const auto& [key, value] : event.fields) {
        if (key == "kind") kind = value.text;
        if (key == "from") out.from = value.text;
    }
    for (const auto& [name, known] : kinds) {
        if (name != kind) continue;
        out.kind = known;
        out.object = line.object;
        out.vmid = line.vmid;
        out.node = line.node();
        out.host = line.host;
        out.time_ns = *event.time_ns;
        return out;
    }
    return {};
}

bool ends_for_good(end_kind kind) noexcept {
    return kind == end_kind::migrated || kind == end_kind::renamed || kind == end_kind::deleted;
}

bool concerns(const end_event& event, const line_subject& line,
              const journal::lane& lane) noexcept {
    const auto cluster = cluster_hash(lane.cluster);
    const bool is_there = line.node == fingerprint(event.node);
    if (schema::is_guest(event.object)) {
        if (line.thing != guest_hash(cluster, event.vmid)) return false;
        if (event.kind == end_kind::migrated) return line.node == fingerprint(event.from);
        if (event.kind == end_kind::renamed) return line.host == fingerprint(event.from);
        return event.kind == end_kind::deleted || is_there;
    }
    if (event.object == schema::object::storage) {
        return line.thing == storage_hash(cluster, event.host) && is_there;
    }
    const auto is_backup = [](schema::object one) { return one == schema::object::backup_host; };
    return line.cluster == cluster && is_there && is_backup(line.object) == is_backup(event.object);
}

}  // namespace relay::sinks
