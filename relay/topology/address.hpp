// Addresses that guests say they have. A guest must not steer anyone to the relay's own machine or
// network by what it calls its own. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace relay::topology {

/// The canonical spelling of an IPv4 or IPv6 address that another machine could reach it by;
/// nothing for loopback, link-local, multicast, unspecified and IPv4 in IPv6's clothes.
[[nodiscard]] std::optional<std::string> reachable_address(std::string_view text);

}  // namespace relay::topology
