// `pverelay setup`, the other part: a token of the Proxmox API, buckets and databases, what
// Prometheus must be started with.
#include "relay/cli/setup_text.hpp"

#include <fmt/format.h>

#include <string>
#include <variant>

namespace relay::cli {
namespace {

std::string of_api(const topology::api_options& of) {
    const auto user = of.token_id.substr(0, of.token_id.find('!'));
    const auto token = of.token_id.substr(of.token_id.find('!') + 1);
    auto out =
        fmt::format("# == The API of cluster {}: as root on any one of its nodes\n", of.cluster);
    if (user.ends_with("@pve")) out += fmt::format("pveum user add {}\n", shell_word(user));
    out += fmt::format(
        "pveum acl modify / -user {0} -role PVEAuditor\n"
        "pveum user token add {0} {1} -privsep 0\n"
        "# It prints the secret once: that is the content of {2}\n",
        shell_word(user), shell_word(token), of.token.reveal());
    if (!of.tls.ca.empty()) {
        out += fmt::format("# {} is a copy of that node's /etc/pve/pve-root-ca.pem\n",
                           of.tls.ca.string());
    }
    if (of.guest_addresses) {
        out +=
            "# NOTE: guest_addresses needs VM.Monitor before Proxmox VE 9, which PVEAuditor has "
            "not: `pverelay doctor` tells\n";
    }
    return out;
}

/// A bucket that depends on the lane is one for each value.
std::string each_of(const std::string& bucket) {
    if (bucket.find('{') == std::string::npos) return {};
    return fmt::format("# once for every value of {}:\n", bucket);
}

std::string of_store(const std::string& name, const sinks::influxdb_options& of) {
    const auto bucket = shell_word(of.bucket);
    auto out = fmt::format("# == Sink {}: InfluxDB at {}\n", name, of.url) + each_of(of.bucket);
    switch (of.api) {
        case sinks::influxdb_api::v1:
            out += fmt::format("influx -execute {}\n",
                               shell_word(fmt::format("CREATE DATABASE \"{}\"", of.bucket)));
            if (of.auth.user.empty()) break;
            out += fmt::format(
                "influx -execute {}\ninflux -execute {}\n",
                shell_word(fmt::format("CREATE USER \"{}\" WITH PASSWORD '{}'", of.auth.user,
                                       in_place_of(of.auth.password.reveal()))),
                shell_word(
                    fmt::format("GRANT WRITE ON \"{}\" TO \"{}\"", of.bucket, of.auth.user)));
            break;
        case sinks::influxdb_api::v2:
            out += fmt::format("influx bucket create --org {} --name {}\n", shell_word(of.org),
                               bucket);
            if (of.auth.token.empty()) break;
            out += fmt::format(
                "influx auth create --org {0} --description pverelay --write-bucket \\\n"
                "    \"$(influx bucket list --org {0} --name {1} --hide-headers | cut -f1)\"\n"
                "# Its token is the content of {2}\n",
                shell_word(of.org), bucket, of.auth.token.reveal());
            break;
        case sinks::influxdb_api::v3:
            out += fmt::format("influxdb3 create database {}\n", bucket);
            if (of.auth.token.empty()) break;
            out += fmt::format("# A token that may write there is the content of {}\n",
                               of.auth.token.reveal());
            break;
    }
    return out;
}

std::string of_store(const std::string& name, const sinks::prometheus_options& of) {
    auto out = fmt::format("# == Sink {}: remote write to {}\n", name, of.url);
    if (of.url.ends_with("/api/v1/write")) {
        out +=
            "# A Prometheus is started with --web.enable-remote-write-receiver, and has in "
            "prometheus.yml\n"
            "#   storage:\n#     tsdb:\n#       out_of_order_time_window: 7d\n"
            "# without which it refuses what fills the hole of an outage longer than an hour.\n";
    }
    if (!of.auth.token.empty())
        out += fmt::format("# It is shown the token in {}\n", of.auth.token.reveal());
    if (!of.auth.user.empty()) {
        out += fmt::format("# It is shown user {} with the password in {}\n", of.auth.user,
                           of.auth.password.reveal());
    }
    return out;
}

}  // namespace

std::string api_setup(const config::settings& of) {
    std::string out;
    for (const auto& api : of.apis)
        out += of_api(api) + "\n";
    return out;
}

std::string store_setup(const config::settings& of) {
    std::string out;
    for (const auto& sink : of.sinks) {
        out +=
            std::visit([&](const auto& store) { return of_store(sink.name, store); }, sink.store);
        out += "\n";
    }
    return out;
}

}  // namespace relay::cli
