#include "relay/ops/admin_pages.hpp"

#include "relay/listen/auth.hpp"
#include "relay/ops/discovery.hpp"
#include "relay/ops/metrics.hpp"
#include "relay/ops/scrape_page.hpp"
#include "relay/ops/status.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ops {
namespace {

listen::reply page(std::string_view type, std::string body) {
    return {.status = 200,
            .headers = {{"Content-Type", std::string(type)}, {"Cache-Control", "no-store"}},
            .body = std::move(body)};
}

constexpr std::string_view index =
    "pverelay\n\n/metrics  counters for Prometheus\n/status   where everything stands, as JSON\n"
    "/ready    200 while data can be answered as it should be\n"
    "/scrape   the last values, for a Prometheus without remote write: ?naming=pve-exporter\n"
    "/sd       guests to scrape, for Prometheus' http_sd_configs\n";

/// The clusters whose API is asked, with what is known of them now.
std::vector<sd_cluster> known_clusters(const observed& relay) {
    std::vector<sd_cluster> all;
    for (const auto& one : relay.clusters)
        all.push_back({one.name, relay.board->find(one.name)});
    return all;
}

}  // namespace

admin_pages::admin_pages(const observed& relay, const listen::listen_options& access,
                         const time_source& time)
    : relay_(relay),
      access_(access),
      time_(time),
      networks_(listen::parse_networks(access.allow).value_or(std::vector<ip_network>{})) {}

bool admin_pages::may_read(const listen::request& asked) const {
    if (access_.tokens.empty()) return true;
    const auto target = listen::parse_target(asked.target);
    const auto given = listen::presented(asked.header("authorization"), target);
    return listen::find_match(given, access_.tokens) != nullptr;
}

listen::reply admin_pages::answer(const listen::request& asked) const {
    const auto peer = ip_address::parse(asked.peer);
    if (!networks_.empty() && !(peer && listen::allowed(networks_, *peer))) {
        return listen::refused(listen::api::v2, 403, "this address may not read here");
    }
    if (!may_read(asked)) return listen::unauthorized(listen::api::v1);
    if (asked.method != "GET" && asked.method != "HEAD") {
        return listen::wrong_method(listen::api::v2, "GET, HEAD");
    }
    const auto path = listen::parse_target(asked.target).path;
    const auto now = time_.now().wall;
    if (path == "/metrics") return page("text/plain; version=0.0.4", metrics_text(relay_, now));
    if (path == "/status") return page("application/json", status_json(relay_, now));
    if (path == "/scrape") return scrape_page(relay_.scrape, asked);
    if (path == "/sd") return sd_page(known_clusters(relay_), relay_.sd, asked.target);
    if (path == "/") return page("text/plain", std::string(index));
    if (path != "/ready") return listen::path_not_found();
    const auto reason = not_ready(relay_);
    return reason ? listen::not_ready(*reason) : listen::ready();
}

}  // namespace relay::ops
