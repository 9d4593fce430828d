// A `relay_event` line, read for what it ends (docs/presence.md): its tags are those of what ended.
#pragma once

#include "protocol/point.hpp"
#include "relay/journal/record.hpp"
#include "relay/schema/object.hpp"
#include "sinks/line_subject.hpp"

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

/// Whether not only what is measured ends with it, but also what is known of its subject.
[[nodiscard]] bool ends_for_good(end_kind kind) noexcept;

/// Whether a line that speaks of this ends with it.
/// @param lane of the event
[[nodiscard]] bool concerns(const end_event& event, const line_subject& line,
                            const journal::lane& lane) noexcept;

}  // namespace relay::sinks
