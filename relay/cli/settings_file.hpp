// Reading the configuration as every command does: all that is wrong goes to standard error.
#pragma once

#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"

#include <filesystem>
#include <optional>

namespace relay::cli {

/// @returns the settings, or nothing after the errors were printed: the caller ends with
/// wrong_config. Warnings are printed in both cases.
[[nodiscard]] std::optional<config::settings> read_settings(const std::filesystem::path& file);

/// The same for who needs no secret, and may have no right to read one: each holds where it comes
/// from instead ("/etc/pverelay/push.token"). Nothing is said of them.
[[nodiscard]] std::optional<config::settings> read_settings_unread(
    const std::filesystem::path& file);

/// The same while the relay runs: what is wrong goes to the log.
[[nodiscard]] std::optional<config::settings> read_settings_again(const std::filesystem::path& file,
                                                                  log& out);

}  // namespace relay::cli
