// `pverelay setup`, the part of Proxmox: where its metric servers point to.
#include "relay/cli/push_place.hpp"
#include "relay/cli/setup_text.hpp"
#include "relay/listen/listen_options.hpp"

#include <fmt/format.h>

#include <iterator>

namespace relay::cli {
namespace {

struct reached {
    std::string host;
    std::uint16_t port = 0;
    bool is_loopback = false;
};

reached reach(const listen::listen_options& door, std::string_view server) {
    const auto at = listen::endpoint::parse(door.address);
    if (!at) return {std::string(server)};  // was refused when the configuration was read
    if (at->wildcard()) return {std::string(server), at->port};
    auto host = to_string(at->address);
    const bool loopback = host == "::1" || host.starts_with("127.");
    return {std::move(host), at->port, loopback};
}

std::string_view protocol_of(const push_place& place) {
    if (!place.is_http()) return "udp";
    return place.listener->tls.enabled() ? "https" : "http";
}

std::string in_url(const std::string& host) {
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

std::string pvesh(const push_place& place, const reached& at) {
    auto out = fmt::format(
        "pvesh create /cluster/metrics/server/pverelay --type influxdb \\\n"
        "    --server {} --port {} --influxdbproto {}",
        shell_word(at.host), at.port, protocol_of(place));
    if (!place.is_http()) return out + " --mtu 1500\n";
    out += fmt::format(" \\\n    --organization proxmox --bucket {}", shell_word(place.bucket));
    if (!place.prefix.empty())
        out += fmt::format(" --api-path-prefix {}", shell_word(place.prefix));
    if (!place.token.empty())
        out += fmt::format(" \\\n    --token {}", shell_word(in_place_of(place.token)));
    return out + "\n";
}

std::string fields_of_pve(const push_place& place, const reached& at) {
    auto out = fmt::format(
        "# … or in its GUI: Datacenter > Metric Server > Add > InfluxDB\n"
        "#   Name pverelay; Server {}; Port {}; Protocol {}\n",
        at.host, at.port,
        place.is_http() ? (place.listener->tls.enabled() ? "HTTPS" : "HTTP") : "UDP");
    if (!place.is_http()) return out;
    out += fmt::format("#   Organization proxmox; Bucket {}; Token {}\n", place.bucket,
                       place.token.empty() ? "(empty)" : in_place_of(place.token));
    if (!place.prefix.empty())
        out += fmt::format("#   Advanced: API Path Prefix {}\n", place.prefix);
    return out;
}

std::string fields_of_pbs(const push_place& place, const reached& at) {
    if (!place.is_http()) {
        return fmt::format(
            "# Backup Server: Configuration > Metric Server > Add > InfluxDB (UDP)\n"
            "#   Name pverelay; Server {}:{}\n",
            in_url(at.host), at.port);
    }
    return fmt::format(
        "# Backup Server: Configuration > Metric Server > Add > InfluxDB (HTTP)\n"
        "#   Name pverelay; URL {}://{}:{}{}{}; Organization proxmox; Bucket {}; Token {}\n",
        protocol_of(place), in_url(at.host), at.port, place.prefix.empty() ? "" : "/", place.prefix,
        place.bucket, place.token.empty() ? "(empty)" : in_place_of(place.token));
}

/// What goes wrong with it elsewhere, told before it does.
std::string warnings(const push_place& place, const reached& at) {
    std::string out;
    if (at.is_loopback) {
        out += fmt::format(
            "# NOTE: {} is reached from this machine alone; give [[listen]] another address\n",
            place.listener->address);
    }
    if (place.is_http() && at.host.find(':') != std::string::npos) {
        out +=
            "# NOTE: Proxmox VE makes a wrong URL of an IPv6 address: use a name, with --server\n";
    }
    if (place.is_http() && place.listener->tls.enabled()) {
        out +=
            "# NOTE: every node must trust the certificate: put its authority into "
            "/usr/local/share/ca-certificates\n"
            "#   and run update-ca-certificates there, or add --verify-certificate 0\n";
    }
    if (!place.is_http()) {
        out +=
            "# NOTE: what UDP loses nobody notices, and a port that is closed stops Proxmox's own "
            "graphs:\n"
            "#   keep it open with pverelay.socket, or take HTTP\n";
    }
    for (const auto& network : place.listener->allow)
        out += fmt::format("# NOTE: only from {}\n", network);
    return out;
}

std::string of_cluster(const config::settings& all, const ingest::cluster_rule& cluster,
                       std::string_view server) {
    auto out = fmt::format("# == Cluster {}: as root on any one of its nodes\n", cluster.name);
    const auto places = places_of(all, cluster);
    if (places.empty()) {
        return out +
               "# NOTE: no [[listen]] lets anything in that this [[cluster]] accepts: compare "
               "their "
               "tokens, buckets and cluster\n";
    }
    for (const auto& place : places) {
        if (&place != &places.front())
            out += "# == Instead of it, not beside it: every point would come twice\n";
        const auto at = reach(*place.listener, server);
        out += pvesh(place, at) + fields_of_pve(place, at) + fields_of_pbs(place, at) +
               warnings(place, at);
    }
    return out;
}

}  // namespace

std::string push_setup(const config::settings& of, std::string_view server) {
    std::string out;
    for (const auto& cluster : of.clusters)
        out += of_cluster(of, cluster, server) + "\n";
    return out;
}

std::string shell_word(std::string_view text) {
    constexpr std::string_view plain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-";
    if (!text.empty() && text.find_first_not_of(plain) == std::string_view::npos)
        return std::string(text);
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'')
            out += R"('\'')";
        else
            out += c;
    }
    return out + "'";
}

std::string in_place_of(std::string_view source) {
    return fmt::format("<content of {}>", source);
}

}  // namespace relay::cli
