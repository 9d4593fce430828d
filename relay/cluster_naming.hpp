// Gives every cluster of a configuration its name before anything is built of it: those that it
// leaves to their API get the one that was learnt by an earlier start, or else what the API says
// now.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"

#include <filesystem>
#include <string>

namespace relay {

/// Where what is known of clusters is kept.
[[nodiscard]] std::filesystem::path topology_directory(const config::settings& of);

/// @returns why a cluster stays without a name of its own; nothing can begin then
[[nodiscard]] expected<void, std::string> name_clusters(config::settings& of,
                                                        const time_source& time, log& log);

}  // namespace relay
