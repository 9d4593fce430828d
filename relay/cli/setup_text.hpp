// What has to be typed elsewhere for a configuration to work: on a Proxmox node, at a store. As a
// text that is a commented shell script, in the order in which it is done. Pure.
//
// A secret never stands in it: where one belongs, it says where the secret is.
#pragma once

#include "relay/config/settings.hpp"

#include <string>
#include <string_view>

namespace relay::cli {

/// @param of its secrets hold where they come from (read_settings_unread)
/// @param server how Proxmox reaches this machine, where a listener is on every address
[[nodiscard]] std::string push_setup(const config::settings& of, std::string_view server);
[[nodiscard]] std::string api_setup(const config::settings& of);
[[nodiscard]] std::string store_setup(const config::settings& of);

/// One word of a command line, quoted where a shell would see more in it.
[[nodiscard]] std::string shell_word(std::string_view text);

/// Where a secret belongs in a command, or in a field of a GUI: "<content of /etc/x.token>".
[[nodiscard]] std::string in_place_of(std::string_view source);

}  // namespace relay::cli
