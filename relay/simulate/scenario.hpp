// What happens in a simulated cluster, and what its API gets wrong: a timeline that the functions
// of a second look at, so that nothing has to be remembered. Read from a text of one statement per
// line (scenario_help). Values only.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/simulate/world.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace relay::simulate {

/// Which Proxmox VE answers: what its bodies have depends on it.
struct release {
    unsigned major = 9, minor = 2, patch = 11;
    [[nodiscard]] bool is_at_least(unsigned a, unsigned b = 0, unsigned c = 0) const noexcept;
    /// "9.2.11", "7.4-16"
    [[nodiscard]] std::string version() const;
};

enum class event_kind : std::uint8_t {
    migrate,       // vmid -> node
    rename,        // vmid, text
    tag,           // vmid, text; empty: none
    pool,          // vmid, text; empty: leaves it
    lock,          // vmid, text; empty: unlocked
    create,        // vmid on node, guest, text: its name
    remove,        // vmid
    start,         // vmid
    stop,          // vmid
    backup,        // vmid, lasts, text: "ok", "warnings" or "failed"
    offline,       // node: as a power cut
    online,        // node: it boots
    isolate,       // node: loses the others, keeps pushing; no node: every one
    rejoin,        // node
    storage_dead,  // text, on node, or on all
    storage_back,
    zfs,     // text: a pool's health, on node, or on all
    ceph,    // text: "HEALTH_WARN"
    task,    // on node, text: "aptupdate some error": ended at once
    rights,  // text: path and role or privileges
};

struct event {
    std::int64_t second = 0;  // since the beginning
    event_kind kind = event_kind::migrate;
    std::uint32_t vmid = 0;
    guest_kind guest = guest_kind::qemu;
    std::string node{};
    std::string text{};
    std::int64_t lasts = 0;
};

enum class fault_kind : std::uint8_t {
    status,   // another answer: `status`
    slow,     // the right answer, `delay` later
    garbled,  // bytes within the body are wrong
    cut,      // JSON that ends too early
    hang_up,  // no answer: the connection ends
    strings,  // numbers come as strings
};

struct fault {
    std::int64_t from = 0,
                 until = std::numeric_limits<std::int64_t>::max();  // seconds, [from, until)
    fault_kind kind = fault_kind::status;
    int status = 0;
    std::chrono::milliseconds delay{0};
    std::string node{};  // asked at this one; empty: at any
    std::string path{};  // begins so, without /api2/json/; empty: any
};

/// Privileges by path, as on the token. No privilege at all (NoAccess) hides what lies below.
using access_list = std::map<std::string, std::set<std::string>, std::less<>>;

struct scenario {
    std::string name{};  // of the cluster; empty: the world's
    release pve{};
    std::string token = "relay@pve!relay=11111111-2222-4333-8444-555555555555";
    std::string level{};  // of the subscription: "", "c", "b", "s", "p"
    std::map<std::string, std::string, std::less<>> addresses{};     // by node
    std::map<std::string, std::string, std::less<>> fingerprints{};  // by node
    std::vector<event> events{};                                     // ascending by second
    std::vector<fault> faults{};
};

/// @returns the scenario, or what is wrong in which line.
[[nodiscard]] expected<scenario, std::string> parse_scenario(std::string_view text);

/// The privileges of "PVEAuditor", of "NoAccess", or those named: "VM.Audit,Sys.Audit".
[[nodiscard]] std::set<std::string> privileges_of(std::string_view role, const release& pve);

/// How a scenario is written, for people.
[[nodiscard]] std::string_view scenario_help() noexcept;

}  // namespace relay::simulate
