#include "relay/ingest/presence_lines.hpp"

#include "protocol/line_writer.hpp"

#include <fmt/format.h>

namespace relay::ingest {
namespace {

using protocol::field_kind;
using protocol::field_position;

void append_tags(std::string& out, const object_tags& of) {
    const auto append = [&out](std::string_view key, std::string_view value) {
        if (!value.empty()) protocol::append_tag(out, key, value);
    };
    append("object", of.object);
    append("vmid", of.vmid == 0 ? std::string() : fmt::format("{}", of.vmid));
    append("nodename", of.node);
    append("host", of.host);
    append("type", of.type);
}

}  // namespace

std::string_view object_name(schema::object what) noexcept {
    switch (what) {
        case schema::object::node:
            return "nodes";
        case schema::object::qemu:
            return "qemu";
        case schema::object::lxc:
            return "lxc";
        case schema::object::storage:
            return "storages";
        case schema::object::backup_host:
            return "host";
        case schema::object::cluster:
            return "cluster";
        case schema::object::pool:
            return "pools";
        case schema::object::ha_service:
            return "ha";
        case schema::object::foreign:
            break;
    }
    return {};
}

std::string_view to_string(event_kind kind) noexcept {
    using enum event_kind;
    switch (kind) {
        case silent:
            return "silent";
        case gone:
            return "gone";
        case back:
            return "back";
        case migrated:
            return "migrated";
        case renamed:
            return "renamed";
        case deleted:
            return "deleted";
    }
    return "unknown";
}

void append_up(std::string& out, const object_tags& of, bool up, std::int64_t time_ns) {
    protocol::append_measurement(out, "relay_up");
    append_tags(out, of);
    protocol::append_field(out, "up", {field_kind::number, up ? "1" : "0"}, field_position::first);
    protocol::append_time(out, time_ns);
}

void append_event(std::string& out, const object_tags& of, const event& what,
                  std::int64_t time_ns) {
    const auto append = [&out](std::string_view key, std::string_view value, field_position at) {
        if (!value.empty()) protocol::append_field(out, key, {field_kind::string, value}, at);
    };
    protocol::append_measurement(out, "relay_event");
    append_tags(out, of);
    append("kind", to_string(what.kind), field_position::first);
    append("text", what.text, field_position::later);
    append("from", what.from, field_position::later);
    append("to", what.to, field_position::later);
    protocol::append_time(out, time_ns);
}

}  // namespace relay::ingest
