// Words that a state may be. One that is not listed here becomes a series when it is seen.
#pragma once

#include <string_view>

namespace relay::schema {

// PVE::QemuServer::vmstatus and PVE::LXC::vmstatus.
inline constexpr std::string_view guest_states[] = {"running", "stopped"};

// QEMU's RunState (qapi/run-state.json) as PVE passes it on, and PVE's own `stopped`, which it
// writes where QMP does not answer. Other states of QEMU need a debugger, COLO or a watchdog.
inline constexpr std::string_view qemu_states[] = {
    "finish-migrate", "guest-panicked", "inmigrate", "internal-error", "io-error",
    "paused",         "postmigrate",    "prelaunch", "running",        "save-vm",
    "shutdown",       "stopped",        "suspended"};

// `lock` of PVE::QemuConfig and PVE::LXC::Config.
inline constexpr std::string_view lock_states[] = {"backup",          "clone",     "create",
                                                   "migrate",         "rollback",  "snapshot",
                                                   "snapshot-delete", "suspended", "suspending"};

// Of /cluster/resources: what pmxcfs knows of a node, and of a guest.
inline constexpr std::string_view node_states[] = {"offline", "online", "unknown"};
inline constexpr std::string_view api_guest_states[] = {"paused", "running", "stopped", "unknown"};

// Of services (PVE::HA::Manager).
inline constexpr std::string_view ha_states[] = {
    "error",        "fence",    "freeze",        "migrate",
    "recovery",     "relocate", "request_start", "request_start_balance",
    "request_stop", "started",  "stopped"};

// Of nodes (PVE::HA::NodeStatus).
inline constexpr std::string_view ha_node_states[] = {"fence", "gone", "maintenance", "online",
                                                      "unknown"};

// PVE::API2::Subscription.
inline constexpr std::string_view subscription_states[] = {"active", "expired",  "invalid",
                                                           "new",    "notfound", "suspended"};

inline constexpr std::string_view backup_results[] = {"failed", "ok", "warnings"};

}  // namespace relay::schema
