// Who has answered: /cluster/status marks the node that was asked. Pure.
#pragma once

#include <string>
#include <string_view>

namespace relay::topology {

/// @param body of a 2xx to /cluster/status
/// @returns the node's name; empty where the body does not say
[[nodiscard]] std::string local_node_of(std::string_view body);

}  // namespace relay::topology
