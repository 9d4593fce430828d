// Prints what is in force, defaults included, and no secret.
#include "relay/cli/commands.hpp"
#include "relay/cli/settings_file.hpp"
#include "relay/config/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <string>
#include <variant>

namespace relay::cli {
namespace {

using config::to_string;

std::string list(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string span(std::chrono::milliseconds time) {
    return to_string(time);
}

std::string access(const listen::listen_options& of) {
    std::string out;
    if (!of.tokens.empty()) out += fmt::format(", {} token(s)", of.tokens.size());
    if (!of.allow.empty()) out += fmt::format(", from {}", list(of.allow));
    return out.empty() ? ", open to whoever reaches it" : out;
}

void print_listener(const listen::listen_options& of) {
    const bool http = of.kind == listen::listen_kind::http;
    fmt::print("listen    {} {}{}\n", http ? "http" : "udp", of.address, access(of));
    if (!of.cluster.empty()) fmt::print("          every line is of cluster {}\n", of.cluster);
    if (!of.buckets.empty()) fmt::print("          buckets {}\n", list(of.buckets));
    if (of.tls.enabled()) {
        fmt::print("          HTTPS{}\n",
                   of.tls.client_ca.empty() ? "" : ", clients must show a certificate");
    }
    if (http) {
        fmt::print("          bodies up to {}, answers after at most {}\n",
                   relay::to_string(of.limits.body_bytes_max), span(of.limits.answer_wait));
    } else {
        fmt::print("          receive buffer {}\n", relay::to_string(of.receive_buffer));
    }
}

void print_cluster(const ingest::cluster_rule& rule) {
    fmt::print("cluster   {}: {}\n", rule.name.empty() ? "(as its API calls it)" : rule.name,
               rule.open() ? "every line that no other takes" : "");
    if (!rule.buckets.empty()) fmt::print("          buckets {}\n", list(rule.buckets));
    if (!rule.sources.empty()) fmt::print("          sources {}\n", list(rule.sources));
    if (!rule.prefix.empty()) fmt::print("          path prefix {}\n", rule.prefix);
    if (!rule.tokens.empty()) fmt::print("          {} token(s)\n", rule.tokens.size());
}

std::string shown(const http::tls_options& tls) {
    std::string out;
    if (!tls.ca.empty()) out += fmt::format("the authority in {}", tls.ca.string());
    if (!tls.fingerprints.empty()) {
        out +=
            fmt::format("{}{} fingerprint(s)", out.empty() ? "" : " and ", tls.fingerprints.size());
    }
    if (!out.empty()) return out;
    return tls.verify == http::server_check::none ? "nothing: anyone may answer"
                                                  : "the system's authorities";
}

void print_api(const topology::api_options& of) {
    fmt::print("api       {}{}\n", of.cluster.empty() ? "" : fmt::format("of {}: ", of.cluster),
               list(of.nodes));
    fmt::print("          shows token {}, trusts {}\n", of.token_id, shown(of.tls));
    fmt::print(
        "          at most {} request(s) per second, timeout {}, {}addresses of guests, "
        "{}SMART\n",
        of.requests_per_second, span(of.timeout), of.guest_addresses ? "" : "no ",
        of.smart ? "" : "no ");
    if (!of.other_nodes) fmt::print("          no other nodes, where none of these answers\n");
    if (!of.bucket.empty()) fmt::print("          its lines go to bucket {}\n", of.bucket);
}

void print_tenant(const ingest::tenant_rule& rule) {
    fmt::print("tenant    {}: guests", rule.name);
    if (!rule.clusters.empty()) fmt::print(" of cluster {}", list(rule.clusters));
    fmt::print("\n");
    if (!rule.pools.empty()) fmt::print("          in pool {}\n", list(rule.pools));
    if (!rule.tags.empty()) fmt::print("          with tag {}\n", list(rule.tags));
    for (const auto& range : rule.vmids)
        fmt::print("          with vmid {} to {}\n", range.first, range.last);
}

std::string_view sync_name(journal::sync_mode mode) {
    switch (mode) {
        case journal::sync_mode::ack:
            return "an answer waits for the disk (ack)";
        case journal::sync_mode::interval:
            return "synced at intervals";
        case journal::sync_mode::none:
            return "never synced before a segment is full (none)";
    }
    return "";
}

void print_journal(const journal::journal_options& of) {
    const auto bytes = of.max_bytes.bytes == 0
                           ? std::string("10 GiB or a quarter of the free disk, at least 1 GiB")
                           : relay::to_string(of.max_bytes);
    fmt::print("journal   {}: {}\n", of.directory.string(), sync_name(of.sync));
    fmt::print("          at most {} and {}\n", bytes, span(of.max_age));
}

std::string shown(const sinks::store_auth& auth) {
    if (!auth.token.empty()) return "a token";
    return auth.user.empty() ? "nothing" : fmt::format("user {} and a password", auth.user);
}

void print_filter(const sinks::lane_filter& only) {
    if (!only.clusters.empty()) fmt::print("          only cluster {}\n", list(only.clusters));
    if (!only.buckets.empty()) fmt::print("          only bucket {}\n", list(only.buckets));
    std::vector<std::string> tenants;
    for (const auto& name : only.tenants)
        tenants.push_back(name.empty() ? "(none)" : name);
    if (!tenants.empty()) fmt::print("          only tenant {}\n", list(tenants));
}

void print_filter(const sinks::line_filter& only) {
    std::vector<std::string> objects;
    for (const auto& name : only.objects)
        objects.push_back(name.empty() ? "(none)" : name);
    if (!objects.empty()) fmt::print("          only object {}\n", list(objects));
    if (!only.measurements.empty())
        fmt::print("          only measurement {}\n", list(only.measurements));
}

void print_store(const sinks::influxdb_options& of) {
    if (of.api == sinks::influxdb_api::v2) {
        fmt::print("          organisation \"{}\", bucket \"{}\"", of.org, of.bucket);
    } else {
        fmt::print("          InfluxDB {}, database \"{}\"", to_string(of.api).substr(1),
                   of.bucket);
    }
    if (!of.retention_policy.empty()) fmt::print(", retention policy \"{}\"", of.retention_policy);
    fmt::print(", shows {}\n", shown(of.auth));
    if (of.guard != sinks::type_guard_mode::off) {
        fmt::print("          a field that the store has as another type is {}\n",
                   of.guard == sinks::type_guard_mode::coerce ? "coerced" : "diverted");
    }
    print_filter(of.only);
}

void print_store(const sinks::prometheus_options& of) {
    std::vector<std::string_view> names;
    for (const auto kind : of.naming)
        names.push_back(sinks::to_string(kind));
    fmt::print("          naming {}, at most {} series, shows {}\n", fmt::join(names, " and "),
               of.max_series, shown(of.auth));
    for (const auto& rule : of.rules.drop)
        fmt::print("          leaves out {}\n", rule);
    print_filter(of.only);
}

void print_sink(const config::sink_settings& sink) {
    fmt::print("sink      {}: {} {}\n", sink.name, type_of(sink), url_of(sink));
    std::visit([](const auto& store) { print_store(store); }, sink.store);
    print_filter(sink.only_lines);
    fmt::print("          begins with {}, timeout {}\n",
               sink.start == journal::start_at::now ? "what arrives from now on"
                                                    : "the oldest record there is",
               span(sink.target.timeout));
}

}  // namespace

int check(const check_arguments& arguments) {
    const auto settings = read_settings(arguments.config);
    if (!settings) return wrong_config;
    for (const auto& listener : settings->listeners)
        print_listener(listener);
    fmt::print("admin     http {}{}\n", settings->admin.address, access(settings->admin));
    for (const auto& cluster : settings->clusters)
        print_cluster(cluster);
    for (const auto& api : settings->apis)
        print_api(api);
    for (const auto& [key, value] : settings->ingest.tags)
        fmt::print("tag       {}={}\n", key, value);
    for (const auto property : settings->ingest.enrich)
        fmt::print("tag       {} of a guest, as the API says\n", to_string(property));
    for (const auto& tenant : settings->ingest.tenants)
        print_tenant(tenant);
    if (!settings->sd.networks.empty()) {
        fmt::print("sd        guests within {}, port {}\n", list(settings->sd.networks),
                   settings->sd.port);
    }
    print_journal(settings->journal);
    for (const auto& sink : settings->sinks)
        print_sink(sink);
    fmt::print("{} is valid\n", arguments.config.string());
    return success;
}

}  // namespace relay::cli
