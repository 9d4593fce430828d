#include "relay/listen/listen_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace relay::listen {
namespace {

std::optional<std::uint16_t> parse_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto* last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, port);
    if (error != std::errc{} || end != last) return std::nullopt;
    return port;
}

// The first limit that would let nothing through, by its name in the configuration.
std::string_view zero_limit(const http_limits& limits) {
    const std::pair<std::string_view, std::uint64_t> values[] = {
        {"head_bytes_max", limits.head_bytes_max.bytes},
        {"body_bytes_max", limits.body_bytes_max.bytes},
        {"bodies_bytes_max", limits.bodies_bytes_max.bytes},
        {"inflate_ratio_max", limits.inflate_ratio_max},
        {"connections_max", limits.connections_max},
        {"head_wait", limits.head_wait.count()},
        {"idle_wait", limits.idle_wait.count()},
        {"body_wait", limits.body_wait.count()},
        {"whole_wait", limits.whole_wait.count()},
        {"write_wait", limits.write_wait.count()},
        {"answer_wait", limits.answer_wait.count()},
    };
    const auto* zero = std::ranges::find(values, 0u, [](const auto& v) { return v.second; });
    return zero == std::end(values) ? std::string_view{} : zero->first;
}

}  // namespace

expected<endpoint, std::string> endpoint::parse(std::string_view text) {
    const auto colon = text.rfind(':');
    const auto host = text.substr(0, colon);
    const bool bare_v6 = host.find(':') != std::string_view::npos && !host.starts_with('[');
    if (colon == std::string_view::npos || bare_v6) {
        return unexpected(fmt::format(
            "\"{}\" is not an address and a port, such as \"[::]:8186\" or \"192.0.2.1:8186\"",
            text));
    }
    const auto port = parse_port(text.substr(colon + 1));
    if (!port) return unexpected(fmt::format("\"{}\": the port is 0 to 65535", text));
    const auto address = host.empty() ? ip_address{} : ip_address::parse(host);
    if (!address) {
        return unexpected(
            fmt::format("\"{}\" is not an address of this machine: give its number, "
                        "or [::] for all of them",
                        host));
    }
    return endpoint{.address = *address, .port = *port};
}

bool endpoint::wildcard() const noexcept {
    return address == ip_address{} || address == ip_address::parse("0.0.0.0");
}

std::string to_string(const endpoint& where) {
    const auto host = to_string(where.address);
    return fmt::format("{}:{}", where.address.is_v4() ? host : "[" + host + "]", where.port);
}

expected<void, std::string> listen_options::validate() const {
    const auto where = endpoint::parse(address);
    if (!where) return unexpected(where.error());
    if (const auto networks = parse_networks(allow); !networks) {
        return unexpected("allow: " + networks.error());
    }
    if (std::ranges::any_of(tokens, &secret::empty)) {
        return unexpected(fmt::format("{}: an empty token would open it to everyone", address));
    }
    if (kind == listen_kind::udp && !tokens.empty()) {
        return unexpected(
            fmt::format("{}: a datagram carries no token; use allow = [\"…/24\"]", address));
    }
    if (where->wildcard() && tokens.empty() && allow.empty() && !open) {
        return unexpected(fmt::format(
            "{} is open to everyone who can reach this machine: set {}allow = [\"…/24\"], "
            "or open = true if that is meant",
            address, kind == listen_kind::http ? "tokens, or " : ""));
    }
    if (threads == 0 || threads > 64) {
        return unexpected(fmt::format("{}: threads is 1 to 64", address));
    }
    if (const auto zero = zero_limit(limits); !zero.empty()) {
        return unexpected(fmt::format("{}: {} must not be 0", address, zero));
    }
    return {};
}

expected<std::vector<ip_network>, std::string> parse_networks(
    const std::vector<std::string>& texts) {
    std::vector<ip_network> networks;
    for (const auto& text : texts) {
        auto network = ip_network::parse(text);
        if (!network) return unexpected(std::move(network).error());
        networks.push_back(*network);
    }
    return networks;
}

bool allowed(const std::vector<ip_network>& networks, const ip_address& from) noexcept {
    return networks.empty() || std::ranges::any_of(networks, [&](const ip_network& network) {
               return network.contains(from);
           });
}

}  // namespace relay::listen
