#include "sinks/end_event.hpp"

#include "sinks/naming/proxmox_line.hpp"

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

}  // namespace relay::sinks
