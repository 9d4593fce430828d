// What a token should be allowed on "/" and is not: the role PVEAuditor, nothing wider. Pure.
#pragma once

#include "relay/topology/api_reply.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <string_view>

namespace relay::topology {

/// Whether guests are asked for their addresses, which needs one right more.
enum class guest_addresses_are : std::uint8_t { not_asked, asked };

/// `version`: of Proxmox ("9.2.11"), because the guest agent's right has another name before 9;
/// empty where it is not known yet: then nothing is said of that right.
[[nodiscard]] rights judge_rights(const permissions& granted, std::string_view version,
                                  guest_addresses_are addresses);

}  // namespace relay::topology
