// A `relay_event` line, read for what it ends (docs/presence.md): its tags are those of what ended.
#pragma once

#include "protocol/point.hpp"
#include "relay/schema/object.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace relay::sinks {

enum class end_kind : std::uint8_t {
    silent,    // a node, with all that is on it
    gone,      // a guest or storage, from its node
    migrated,  // a guest has left a node …
    renamed,   // … or a name
    deleted,   // for good
};

/// Views into the point.
struct end_event {
    end_kind kind = end_kind::silent;
    schema::object object = schema::object::foreign;
    std::string_view vmid, node, host;
    std::string_view from;  // the node or the name that was left
    std::int64_t time_ns = 0;
};

/// @returns nothing where the event ends nothing, or is none that we know
/// @pre a point with a time
[[nodiscard]] std::optional<end_event> read_end(const protocol::point& event);

}  // namespace relay::sinks
