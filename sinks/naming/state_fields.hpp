// Fields of Proxmox whose text is one of a few states: as a state set each state is a series of
// its own, 1 where it holds and 0 where it does not, so that a rule can ask for it by name.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace relay::sinks {

namespace detail {

// PVE::QemuServer::vmstatus and PVE::LXC::vmstatus.
inline constexpr std::array<std::string_view, 2> guest_states{"running", "stopped"};

// QEMU's RunState (qapi/run-state.json) as PVE passes it on, and PVE's own `stopped`, which it
// writes where QMP does not answer. Other states of QEMU need a debugger, COLO or a watchdog: they
// become a series when they are seen.
inline constexpr std::array<std::string_view, 13> qemu_states{
    "finish-migrate", "guest-panicked", "inmigrate", "internal-error", "io-error",
    "paused",         "postmigrate",    "prelaunch", "running",        "save-vm",
    "shutdown",       "stopped",        "suspended"};

}  // namespace detail

/// The states of that field; empty where it is no state field.
[[nodiscard]] constexpr std::span<const std::string_view> known_states(
    std::string_view measurement, std::string_view field) noexcept {
    if (measurement != "system") return {};
    if (field == "status") return detail::guest_states;
    if (field == "qmpstatus") return detail::qemu_states;
    return {};
}

}  // namespace relay::sinks
