// Fields of Proxmox whose text is one of a few states: as a state set each state is a series of
// its own, 1 where it holds and 0 where it does not, so that a rule can ask for it by name.
#pragma once

#include "relay/schema/states.hpp"

#include <span>
#include <string_view>

namespace relay::sinks {

/// The states of that field; empty where it is no state field.
[[nodiscard]] constexpr std::span<const std::string_view> known_states(
    std::string_view measurement, std::string_view field) noexcept {
    if (measurement != "system") return {};
    if (field == "status") return schema::guest_states;
    if (field == "qmpstatus") return schema::qemu_states;
    return {};
}

}  // namespace relay::sinks
