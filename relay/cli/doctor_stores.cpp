#include "relay/cli/doctor_stores.hpp"

#include "protocol/write_request_reader.hpp"
#include "relay/base/clock.hpp"
#include "relay/cli/doctor_probe.hpp"
#include "relay/cli/dry_run.hpp"
#include "relay/cli/push_place.hpp"
#include "relay/make_sink.hpp"
#include "sinks/store_access.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace relay::cli {
namespace {

constexpr std::string_view remote_write_path = "/api/v1/write";
// A Prometheus' whole configuration; one with thousands of targets is no larger.
constexpr std::size_t configuration_bytes_max = 4 << 20;

/// The lanes that Proxmox can push to.
std::vector<journal::lane> lanes_of(const config::settings& all) {
    std::vector<journal::lane> out;
    for (const auto& cluster : all.clusters) {
        for (const auto& place : places_of(all, cluster)) {
            journal::lane one{.cluster = cluster.name, .bucket = place.bucket, .tenant = {}};
            if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
        }
    }
    return out;
}

/// A sink of its own for each place that its lanes lead to.
struct visit {
    const config::sink_settings* sink;
    std::unique_ptr<sinks::sink> way;
    std::optional<http_request> point;  // a line of measurement relay_doctor
};

std::string doctors_line(const journal::lane& lane) {
    return fmt::format("relay_doctor,cluster={} value=1 {}\n", lane.cluster,
                       unix_nanoseconds(system_time().now().wall));
}

/// Encoding a line tells the sink where it writes to, as the first data would.
std::vector<visit> visits_of(const config::settings& all) {
    std::vector<visit> out;
    for (const auto& sink : all.sinks) {
        std::vector<std::string> seen;
        for (const auto& lane : lanes_of(all)) {
            visit one{&sink, make_sink(sink).sink, {}};
            if (!one.way->takes(lane)) continue;
            const auto record = make_record(lane, doctors_line(lane), 1);
            auto made = one.way->encode(std::vector{record}, {}, 1);
            if (made.units > 0) one.point = std::move(made.request);
            const auto probe = one.way->probe();
            if (!probe || std::ranges::find(seen, probe->url) != seen.end()) continue;
            seen.push_back(probe->url);
            out.push_back(std::move(one));
        }
    }
    return out;
}

/// Of a Prometheus, or whoever speaks like one: the URL without the write path; else empty.
std::string_view base_of(const sinks::prometheus_options& store) {
    std::string_view url = store.url;
    if (!url.ends_with(remote_write_path)) return {};
    url.remove_suffix(remote_write_path.size());
    return url;
}

http_request get(std::string url, const sinks::store_auth& auth, sinks::token_scheme scheme) {
    http_request out{.method = "GET", .url = std::move(url), .headers = {}, .body = {}};
    if (auto header = sinks::authorization(auth, scheme)) out.headers.push_back(std::move(*header));
    return out;
}

std::vector<finding> look(const std::vector<visit>& visits, std::chrono::milliseconds longest) {
    std::vector<question> questions;
    for (const auto& one : visits)
        questions.push_back({*one.way->probe(), one.sink->target});
    std::vector<const config::sink_settings*> configured;
    for (const auto& one : visits) {
        const auto* const store = std::get_if<sinks::prometheus_options>(&one.sink->store);
        if (store == nullptr || base_of(*store).empty()) continue;
        configured.push_back(one.sink);
        questions.push_back({get(fmt::format("{}/api/v1/status/config", base_of(*store)),
                                 store->auth, sinks::token_scheme::bearer),
                             one.sink->target});
        questions.back().target.body_bytes_max = configuration_bytes_max;
    }
    const auto answers = ask_all(questions, longest);
    const auto now_s = unix_nanoseconds(system_time().now().wall) / 1'000'000'000;
    std::vector<finding> out;
    for (std::size_t i = 0; i < visits.size(); ++i) {
        const auto& [sink, way, point] = visits[i];
        out.push_back(judge_store(*sink, way->judge_probe(answers[i]), answers[i]));
        if (auto clock = judge_clock("sink " + sink->name, answers[i], now_s))
            out.push_back(std::move(*clock));
    }
    for (std::size_t i = 0; i < configured.size(); ++i) {
        if (auto window = judge_window(*configured[i], answers[visits.size() + i]))
            out.push_back(std::move(*window));
    }
    return out;
}

/// How what was written is read; nothing where this store has no way of it that we know.
std::optional<http_request> read_back(const sinks::influxdb_options& store,
                                      const http_request& /*written*/) {
    const auto encoded = [](std::string_view text) { return sinks::percent_encoded(text); };
    const bool is_template = store.bucket.find('{') != std::string::npos;
    if (is_template) return {};
    switch (store.api) {
        case sinks::influxdb_api::v1:
            return get(fmt::format("{}/query?db={}&q={}", store.url, encoded(store.bucket),
                                   encoded("SELECT value FROM relay_doctor WHERE time > now() - "
                                           "1m LIMIT 1")),
                       store.auth, sinks::token_scheme::token);
        case sinks::influxdb_api::v2: {
            auto out = get(fmt::format("{}/api/v2/query?org={}", store.url, encoded(store.org)),
                           store.auth, sinks::token_scheme::token);
            out.method = "POST";
            out.headers.emplace_back("Content-Type", "application/vnd.flux");
            out.body = fmt::format(
                "from(bucket: \"{}\") |> range(start: -1m) |> filter(fn: (r) => r._measurement == "
                "\"relay_doctor\") |> limit(n: 1)",
                store.bucket);
            return out;
        }
        case sinks::influxdb_api::v3:
            return get(
                fmt::format("{}/api/v3/query_sql?db={}&q={}", store.url, encoded(store.bucket),
                            encoded("SELECT 'relay_doctor', value FROM relay_doctor LIMIT "
                                    "1")),
                store.auth, sinks::token_scheme::bearer);
    }
    return {};
}

std::optional<http_request> read_back(const sinks::prometheus_options& store,
                                      const http_request& written) {
    const auto samples = protocol::read_write_request(written.body);
    if (base_of(store).empty() || !samples || samples->empty()) return {};
    // VictoriaMetrics would look 30 s back; Prometheus does not know the parameter.
    return get(fmt::format("{}/api/v1/query?nocache=1&query={}", base_of(store),
                           sinks::percent_encoded(samples->front().series)),
               store.auth, sinks::token_scheme::bearer);
}

finding write_one(const visit& one, std::chrono::milliseconds longest) {
    finding out{.what = "sink " + one.sink->name};
    if (!one.point) {
        out.is_ok = true;
        out.words = "nothing was written: it makes nothing of measurement relay_doctor";
        return out;
    }
    const auto written = ask_all({{*one.point, one.sink->target}}, longest).front();
    const auto meaning = one.way->judge(written);
    if (meaning.kind != sinks::verdict_kind::delivered) {
        out = judge_store(*one.sink, meaning, written);
        return out;
    }
    out.is_ok = true;
    const auto asked = std::visit([&](const auto& store) { return read_back(store, *one.point); },
                                  one.sink->store);
    const auto answer =
        asked ? ask_all({{*asked, one.sink->target}}, longest).front() : http_response{};
    if (answer.status != 200) {
        out.words = "a point was written; this token, or this store, does not let it be read back";
        return out;
    }
    out.is_ok = answer.body.find("relay_doctor") != std::string::npos;
    out.words = out.is_ok ? "a point was written and read back"
                          : "a point was taken, but is not found: is it another database, bucket "
                            "or retention that is asked, or does the store lag?";
    return out;
}

}  // namespace

std::vector<finding> ask_stores(const config::settings& all, store_visit how,
                                std::chrono::milliseconds longest) {
    const auto visits = visits_of(all);
    auto out = look(visits, longest);
    if (how == store_visit::look) return out;
    for (const auto& one : visits)
        out.push_back(write_one(one, longest / 2));
    return out;
}

}  // namespace relay::cli
