// The ports of the configuration as systemd opens them. Asked by the package's generator, at boot
// and at each daemon-reload, so that pverelay.socket never says otherwise than pverelay.toml.
#include "relay/cli/commands.hpp"
#include "relay/config/load.hpp"
#include "relay/config/ports.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <string>

namespace relay::cli {
namespace {

/// A port alone is every address, also on a machine that has no IPv6.
std::string shown(const listen::endpoint& where) {
    const bool everywhere = where.wildcard() && !where.address.is_v4();
    return everywhere ? std::to_string(where.port) : to_string(where);
}

void print_port(const config::port& one) {
    const bool stream = one.kind == listen::listen_kind::http;
    fmt::print("{}={}\n", stream ? "ListenStream" : "ListenDatagram", shown(one.where));
}

}  // namespace

int socket_unit(const socket_unit_arguments& arguments) {
    const auto ports = config::read_file(arguments.config).and_then(config::read_ports);
    if (!ports) {
        fmt::print(stderr, "{}\n", to_string(arguments.config.string(), ports.error()));
        return wrong_config;
    }
    if (ports->empty()) {
        fmt::print(stderr, "{}: no [[listen]] whose address can be read\n",
                   arguments.config.string());
        return wrong_config;
    }
    // An empty ListenStream= takes away what the unit opens by itself, datagrams as well.
    fmt::print("# The ports of {}\n[Socket]\nListenStream=\n", arguments.config.string());
    for (const auto& one : *ports)
        print_port(one);
    return success;
}

}  // namespace relay::cli
