#include "relay/topology/rights.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace relay::topology {
namespace {

constexpr std::array<std::string_view, 4> always_needed{"Sys.Audit", "VM.Audit", "Datastore.Audit",
                                                        "Pool.Audit"};

bool has(const permissions& granted, std::string_view privilege) {
    return std::ranges::binary_search(granted.everywhere, privilege);
}

int major_of(std::string_view version) noexcept {
    int major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    return major;
}

/// Proxmox VE 9 replaced VM.Monitor, which no auditor has, by rights of the agent's own.
std::string_view missing_for_agent(const permissions& granted, int major) {
    if (major == 0) return {};
    if (major < 9) return has(granted, "VM.Monitor") ? "" : "VM.Monitor";
    const bool may =
        has(granted, "VM.GuestAgent.Audit") || has(granted, "VM.GuestAgent.Unrestricted");
    return may ? "" : "VM.GuestAgent.Audit";
}

}  // namespace

rights judge_rights(const permissions& granted, std::string_view version,
                    guest_addresses_are addresses) {
    rights out{.none_at_all = granted.none_at_all};
    if (out.none_at_all) return out;  // one remedy for all of it
    for (const auto privilege : always_needed) {
        if (!has(granted, privilege)) out.missing.emplace_back(privilege);
    }
    if (addresses == guest_addresses_are::not_asked) return out;
    if (const auto missing = missing_for_agent(granted, major_of(version)); !missing.empty())
        out.missing.emplace_back(missing);
    return out;
}

}  // namespace relay::topology
