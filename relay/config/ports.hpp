// Where the relay is to be heard, for whoever opens the ports before it runs. Asked at boot, and of
// a file that may be wrong elsewhere: what is wrong with the rest is none's business here.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/config/problem.hpp"
#include "relay/listen/listen_options.hpp"

#include <string>
#include <vector>

namespace relay::config {

struct port {
    listen::listen_kind kind = listen::listen_kind::http;
    listen::endpoint where;
};

/// The [[listen]] sections whose address can be read, each once; no secret is asked for. Port 0,
/// which is any, is left to the relay.
/// @returns the first thing that is no TOML
[[nodiscard]] expected<std::vector<port>, problem> read_ports(const std::string& text);

}  // namespace relay::config
