// What a new configuration changes against the one in force: what can be done while the relay runs,
// and by name what waits for a restart. Pure.
#pragma once

#include "relay/config/settings.hpp"

#include <string>
#include <vector>

namespace relay::config {

struct difference {
    /// Sinks by name. One that is in neither list stays as it is.
    std::vector<std::string> sinks_gone;  // of the old ones, also those that come again, changed
    std::vector<std::string> sinks_new;   // of the new ones, also those that were there, different
    /// Keys that keep their old value until the relay is started again: "journal.directory".
    std::vector<std::string> at_restart;
};

/// @returns what leads from `before` to `after`.
[[nodiscard]] difference differences(const settings& before, const settings& after);

/// `after` with the old values of all that needs a restart: what is in force once the rest is done.
[[nodiscard]] settings without_restart(const settings& before, settings after);

/// Whether two entries are about the same port, which is then never closed.
[[nodiscard]] bool same_door(const listen::listen_options& a,
                             const listen::listen_options& b) noexcept;

}  // namespace relay::config
