// How a cluster that the configuration does not name is called: as /cluster/status says, and a node
// that stands alone by its own name. Asked once, before the first line is taken: a line's cluster
// is part of its series, and never guessed. What was learnt is kept by address, so that no later
// start depends on an API.
//
//     # pverelay names 1
//     https://192.0.2.11:8006 prod
//
// Before the first thread; blocks.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/topology/api_options.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace relay::topology {

/// Of the body of a 2xx to /cluster/status; or why it gives none that can be used.
[[nodiscard]] expected<std::string, std::string> cluster_name_in(std::string_view body);

/// Asks all addresses at once and takes the first answer.
/// @returns the name, or what each address said instead
[[nodiscard]] expected<std::string, std::string> ask_cluster_name(const api_options& by,
                                                                  const time_source& time,
                                                                  std::chrono::milliseconds wait);

/// Names by address. Pure; what a file has that is no name is passed over.
using names_by_url = std::map<std::string, std::string, std::less<>>;
[[nodiscard]] names_by_url read_names(std::string_view file);
[[nodiscard]] std::string write_names(const names_by_url& names);

}  // namespace relay::topology
