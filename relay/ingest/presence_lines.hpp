// How presence speaks: `relay_up` and `relay_event` lines, without the tag `cluster`, which ingest
// adds to them as to all others (docs/presence.md). Pure.
#pragma once

#include "relay/schema/known_fields.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::ingest {

/// The value of the tag `object`.
[[nodiscard]] std::string_view object_name(schema::object what) noexcept;

/// The tags that Proxmox's own lines of the object have; what is empty or zero is left out.
struct object_tags {
    std::string_view object;  // "nodes", "qemu", "lxc", "storages", "host", "cluster"
    std::uint32_t vmid = 0;
    std::string_view node;  // `nodename`
    std::string_view host;
    std::string_view type;
};

enum class event_kind : std::uint8_t {
    silent,    // a node sends nothing any more; with it all that is its
    gone,      // a guest or storage is absent from two transactions of its node
    back,      // what was silent or gone is there again
    migrated,  // a guest has left this node for another
    renamed,   // a guest has left this name for another
    deleted,   // confirmed by the API, or not heard of for so long that nobody will ask again
};
inline constexpr std::size_t event_kinds = static_cast<std::size_t>(event_kind::deleted) + 1;
[[nodiscard]] std::string_view to_string(event_kind kind) noexcept;

struct event {
    event_kind kind = event_kind::silent;
    std::string_view text;      // a sentence for people
    std::string_view from, to;  // nodes of a move, names of a rename; else empty
};

void append_up(std::string& out, const object_tags& of, bool up, std::int64_t time_ns);

/// @param of what ended: of a guest that moved or was renamed, node or name as they were. Of what
/// is back: as it is now.
void append_event(std::string& out, const object_tags& of, const event& what, std::int64_t time_ns);

}  // namespace relay::ingest
