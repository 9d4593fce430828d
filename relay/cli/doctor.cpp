// `pverelay doctor`: does what Proxmox, the relay and its stores would do, and says of each thing
// in a line that it is well, or what to do. Changes nothing, unless it was told to write.
#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/cli/commands.hpp"
#include "relay/cli/control_client.hpp"
#include "relay/cli/doctor_probe.hpp"
#include "relay/cli/doctor_stores.hpp"
#include "relay/cli/push_place.hpp"
#include "relay/cli/settings_file.hpp"
#include "relay/http/http_client.hpp"
#include "relay/topology/api_request.hpp"
#include "relay/topology/plan.hpp"
#include "sinks/store_access.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::cli {
namespace {

using namespace std::chrono_literals;
using findings = std::vector<finding>;

// All of it within ten seconds, whatever is dead: Proxmox itself gives a relay no more than one …
constexpr auto local_wait = 1000ms;
// … a node keeps who shows a wrong token waiting for three …
constexpr auto node_wait = 4000ms;
constexpr auto known_node_wait = 1000ms;
// … and what is left is for the stores.
constexpr auto store_wait = 2500ms;

/// Where a door of ours is reached from here.
std::string local_url(const listen::listen_options& door) {
    const auto at = listen::endpoint::parse(door.address);
    if (!at) return {};
    const auto host = at->wildcard() ? std::string("127.0.0.1") : to_string(at->address);
    return fmt::format("{}://{}:{}", door.tls.enabled() ? "https" : "http",
                       host.find(':') == std::string::npos ? host : "[" + host + "]", at->port);
}

http::http_target local_target() {
    http::http_target out;
    // It is this machine; whether others trust the certificate they know better.
    out.tls.verify = http::server_check::none;
    return out;
}

http_request with_token(std::string method, std::string url, const std::string& token) {
    http_request out{.method = std::move(method), .url = std::move(url), .headers = {}, .body = {}};
    if (!token.empty()) out.headers.emplace_back("Authorization", "Token " + token);
    return out;
}

finding ask_relay(const config::settings& all) {
    const auto path = all.control.empty() ? all.journal.directory / "control" : all.control;
    finding out{.what = "relay"};
    out.is_ok = control_client::connect(path).has_value();
    out.words = out.is_ok ? "runs"
                          : fmt::format(
                                "none answers at {}: `systemctl start pverelay`, or run "
                                "this as root or as the relay's user",
                                path.string());
    return out;
}

/// GET /health and an empty push, as Proxmox would: an empty body holds no line, so nothing is
/// stored.
findings ask_doors(const config::settings& all) {
    std::vector<push_place> places;
    for (const auto& cluster : all.clusters) {
        for (auto& place : places_of(all, cluster)) {
            const auto same = [&](const auto& one) { return one.listener == place.listener; };
            if (place.is_http() && std::ranges::none_of(places, same))
                places.push_back(std::move(place));
        }
    }
    std::vector<question> questions;
    for (const auto& place : places) {
        const auto base =
            local_url(*place.listener) + (place.prefix.empty() ? "" : "/") + place.prefix;
        questions.push_back({with_token("GET", base + "/health", place.token), local_target()});
        questions.push_back({with_token("POST",
                                        fmt::format("{}/api/v2/write?org=proxmox&bucket={}", base,
                                                    sinks::percent_encoded(place.bucket)),
                                        place.token),
                             local_target()});
    }
    const auto answers = ask_all(questions, local_wait);
    findings out;
    for (std::size_t i = 0; i < places.size(); ++i)
        out.push_back(judge_door(*places[i].listener, answers[2 * i], answers[2 * i + 1]));
    return out;
}

boost::json::value ask_status(const config::settings& all) {
    const auto& admin = all.admin;
    const auto token = admin.tokens.empty() ? std::string() : admin.tokens.front().reveal();
    auto target = local_target();
    target.body_bytes_max = 4 << 20;  // hundreds of sinks and clusters
    const auto got =
        ask_all({{with_token("GET", local_url(admin) + "/status", token), target}}, local_wait)
            .front();
    boost::system::error_code error;
    auto out = boost::json::parse(got.body, error);
    return error || !out.is_object() ? boost::json::value() : out;
}

std::optional<std::uint64_t> buffer_in(const boost::json::value& status,
                                       const std::string& address) {
    if (!status.is_object()) return {};
    const auto* const all = status.as_object().if_contains("listeners");
    if (all == nullptr || !all->is_array()) return {};
    for (const auto& one : all->as_array()) {
        const auto* const where =
            one.is_object() ? one.as_object().if_contains("address") : nullptr;
        const auto* const bytes =
            one.is_object() ? one.as_object().if_contains("receive_buffer_bytes") : nullptr;
        if (where == nullptr || bytes == nullptr || !where->is_string()) continue;
        if (where->as_string() == address) return bytes->to_number<std::uint64_t>();
    }
    return {};
}

findings ask_udp(const config::settings& all) {
    findings out;
    boost::json::value status;
    for (const auto& door : all.listeners) {
        const auto at = listen::endpoint::parse(door.address);
        if (door.kind != listen::listen_kind::udp || !at) continue;
        if (status.is_null()) status = ask_status(all);
        const auto local = at->wildcard() ? *ip_address::parse("127.0.0.1") : at->address;
        out.push_back(judge_udp(door, {.is_closed = is_udp_closed(local, at->port),
                                       .buffer_bytes = buffer_in(status, door.address)}));
    }
    return out;
}

/// One question at a time at each node, as the relay itself does.
std::vector<http_response> ask_nodes(const config::settings& all, topology::ask what,
                                     std::chrono::milliseconds longest) {
    std::vector<question> questions;
    for (const auto& api : all.apis) {
        for (const auto& node : api.nodes) {
            topology::errand errand;
            errand.call.what = what;
            errand.url = node;
            errand.timeout = api.timeout;
            questions.push_back({request_of(errand, api), target_of(errand, api, {})});
        }
    }
    return ask_all(questions, longest);
}

findings ask_apis(const config::settings& all) {
    const auto permissions = ask_nodes(all, topology::ask::permissions, node_wait);
    const auto now_s = unix_nanoseconds(system_time().now().wall) / 1'000'000'000;
    const auto versions = ask_nodes(all, topology::ask::version, known_node_wait);
    findings out;
    std::size_t at = 0;
    for (const auto& api : all.apis) {
        for (const auto& node : api.nodes) {
            out.push_back(judge_api(api, node, permissions[at], versions[at]));
            if (auto clock = judge_clock(node, permissions[at], now_s))
                out.push_back(std::move(*clock));
            ++at;
        }
    }
    return out;
}

void print(const findings& all) {
    std::size_t width = 0;
    for (const auto& one : all)
        width = std::max(width, one.what.size());
    for (const auto& one : all)
        fmt::print("{:4}  {:{}}  {}\n", one.is_ok ? "ok" : "TODO", one.what, width, one.words);
}

void print_json(const findings& all) {
    boost::json::array out;
    for (const auto& one : all)
        out.push_back({{"what", one.what}, {"ok", one.is_ok}, {"words", one.words}});
    fmt::print("{}\n", boost::json::serialize(out));
}

}  // namespace

int doctor(const doctor_arguments& arguments) {
    const auto settings = read_settings(arguments.config);
    if (!settings) return wrong_config;
    const http::http_library curl;
    findings all{ask_relay(*settings)};
    const auto add = [&all](findings more) { std::ranges::move(more, std::back_inserter(all)); };
    add(ask_doors(*settings));
    add(ask_udp(*settings));
    add({judge_disk(settings->journal.directory.string(), read_disk(settings->journal))});
    add(ask_apis(*settings));
    add(ask_stores(*settings, arguments.write ? store_visit::write : store_visit::look,
                   store_wait));
    if (arguments.json) {
        print_json(all);
    } else {
        print(all);
    }
    return std::ranges::all_of(all, &finding::is_ok) ? success : failure;
}

}  // namespace relay::cli
