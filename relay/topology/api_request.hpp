// An api_call as the HTTP request that carries it. The only maker of requests to Proxmox there is:
// what it makes is a GET without a body, so nothing else can leave. Pure.
#pragma once

#include "relay/base/http_message.hpp"
#include "relay/topology/api_call.hpp"
#include "relay/topology/api_options.hpp"
#include "relay/topology/plan.hpp"

#include <vector>

namespace relay::topology {

[[nodiscard]] http_request request_of(const errand& what, const api_options& by);

/// @param learnt fingerprints that the cluster has told of its nodes; they count only where one is
/// configured, because only then the one who told them was known by his
[[nodiscard]] http::http_target target_of(const errand& what, const api_options& by,
                                          const std::vector<http::fingerprint>& learnt);

}  // namespace relay::topology
