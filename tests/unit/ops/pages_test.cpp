// What the operator sees: every counter under its name, the state of every sink, and whether data
// can be taken.
#include "relay/ops/admin_pages.hpp"
#include "relay/ops/metrics.hpp"
#include "relay/ops/status.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>

namespace relay::ops {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class still_time final : public time_source {
public:
    [[nodiscard]] moment now() const noexcept override { return at; }
    moment at{steady_time{}, wall_time(1'755'785'270s)};
};

class pages : public testing::Test {
protected:
    pages() {
        journal_options.directory = "/srv/journal";
        journal_options.max_bytes = 1_GiB;
        relay.version = "1.2.3";
        relay.compiler = "g++ 12";
        relay.started = time.at.wall - 1h;
        relay.listeners = {
            {"[::]:8186", listen::listen_kind::http, &http, &http_ingest},
            {"[::]:8189", listen::listen_kind::udp, &udp, &udp_ingest},
        };
        relay.journal = &journal_counters;
        relay.journal_options = &journal_options;
        relay.sinks = {{"influx", "influxdb", &sink}};
    }

    std::string metrics() { return metrics_text(relay, time.at.wall); }
    std::string status() { return status_json(relay, time.at.wall); }

    listen::reply get(std::string_view target, std::string_view token = {},
                      std::string_view method = "GET") {
        listen::request asked;
        asked.method = method;
        asked.target = target;
        asked.peer = "127.0.0.1";
        const auto header = "Bearer " + std::string(token);
        if (!token.empty()) asked.headers = {{"Authorization", header}};
        return admin_pages(relay, access, time).answer(asked);
    }

    still_time time;
    listen::listen_counters http, udp;
    ingest::ingest_counters http_ingest, udp_ingest;
    journal::journal_counters journal_counters;
    journal::journal_options journal_options;
    delivery::delivery_counters sink;
    listen::listen_options access;
    observed relay;
};

TEST_F(pages, counters_stand_under_their_listener) {
    http_ingest.lines.add(118);
    udp.kernel_drops.add(7);
    http_ingest.refused_lines.add(20);
    http.count_request(listen::route::write_v2, 204);

    const auto text = metrics();

    EXPECT_THAT(text,
                HasSubstr("pverelay_lines_total{listener=\"[::]:8186\",protocol=\"http\"} 118"));
    EXPECT_THAT(text, HasSubstr("pverelay_refused_lines_total{listener=\"[::]:8186\","
                                "protocol=\"http\"} 20"));
    EXPECT_THAT(text, HasSubstr("pverelay_udp_kernel_drops_total{listener=\"[::]:8189\","
                                "protocol=\"udp\"} 7"));
    EXPECT_THAT(text, HasSubstr("route=\"write_v2\",code=\"2xx\"} 1"));
    EXPECT_THAT(text, Not(HasSubstr("http_connections{listener=\"[::]:8189\"")));
}

TEST_F(pages, refused_lines_are_told_by_reason) {
    const auto code = protocol::parse_errc::invalid_number;
    http_ingest.rejected_by[static_cast<std::size_t>(code)].add(3);
    http_ingest.rejected_ahead.add(2);

    EXPECT_THAT(metrics(), AllOf(HasSubstr("reason=\"" + std::string(to_string(code)) + "\"} 3"),
                                 HasSubstr("reason=\"timestamp too far ahead\"} 2")));
}

TEST_F(pages, answer_times_are_a_cumulative_histogram) {
    http.answers.add(3ms);
    http.answers.add(15ms);
    http.answers.add(5s);

    const auto text = metrics();

    const std::string name = "pverelay_http_answer_seconds";
    const std::string labels = "{listener=\"[::]:8186\",protocol=\"http\"";
    EXPECT_THAT(text, HasSubstr(name + "_bucket" + labels + ",le=\"0.005\"} 1"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket" + labels + ",le=\"1\"} 2"));
    EXPECT_THAT(text, HasSubstr(name + "_bucket" + labels + ",le=\"+Inf\"} 3"));
    EXPECT_THAT(text, HasSubstr(name + "_count" + labels + "} 3"));
    EXPECT_THAT(text, HasSubstr(name + "_sum" + labels + "} 5.018"));
}

TEST_F(pages, a_sink_shows_lag_state_and_what_it_dropped) {
    sink.state.set(static_cast<std::int64_t>(delivery::delivery_state::backing_off));
    sink.points.add(1000);
    sink.behind_bytes.set(4096);
    sink.oldest_waiting_ns.set(unix_nanoseconds(time.at.wall - 90s));
    sink.wait_until_ns.set(unix_nanoseconds(time.at.wall + 12s));
    sink.dropped_by_reason.with([](auto& counts) { counts["too_old"] = 5; });
    sink.lost_by_reason.with([](auto& counts) { counts["max_bytes"] = 7; });
    sink.owed_records.set(12);
    sink.by_verdict[static_cast<std::size_t>(sinks::verdict_kind::later)].add(2);

    const auto text = metrics();

    const std::string labels = "{sink=\"influx\",type=\"influxdb\"";
    EXPECT_THAT(text, HasSubstr("pverelay_sink_points_delivered_total" + labels + "} 1000"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_lag_bytes" + labels + "} 4096"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_lag_seconds" + labels + "} 90"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_wait_seconds" + labels + "} 12"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_state" + labels + ",state=\"backing_off\"} 1"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_state" + labels + ",state=\"idle\"} 0"));
    EXPECT_THAT(text, HasSubstr("dropped_points_total" + labels + ",reason=\"too_old\"} 5"));
    EXPECT_THAT(text, HasSubstr("lost_points_total" + labels + ",reason=\"max_bytes\"} 7"));
    EXPECT_THAT(text, HasSubstr("pverelay_sink_owed_records" + labels + "} 12"));
    EXPECT_THAT(text, HasSubstr("attempts_total" + labels + ",verdict=\"later\"} 2"));
}

TEST_F(pages, a_sink_that_dropped_nothing_shows_no_drops) {
    EXPECT_THAT(metrics(), Not(HasSubstr("dropped_points_total{")));
}

TEST_F(pages, metrics_names_are_all_ours_and_explained) {
    std::istringstream lines(metrics());
    std::size_t helps = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ")) ++helps;
        if (line.starts_with('#')) continue;
        EXPECT_TRUE(line.starts_with("pverelay_")) << line;
    }
    EXPECT_GT(helps, 40u);
}

TEST_F(pages, status_says_where_everything_stands) {
    http_ingest.lines.add(118);
    sink.points.add(1000);
    sink.last_error.with([](auto& text) { text = "connection refused"; });
    sink.last_success_ns.set(unix_nanoseconds(time.at.wall));

    const auto text = status();

    EXPECT_THAT(text, HasSubstr(R"("version":"1.2.3","started":"2025-08-21T13:07:50Z")"));
    EXPECT_THAT(text, HasSubstr(R"("ready":true,"not_ready":null)"));
    EXPECT_THAT(text, HasSubstr(R"("address":"[::]:8186","type":"http","lines":118)"));
    EXPECT_THAT(text, HasSubstr(R"("directory":"/srv/journal")"));
    EXPECT_THAT(text, HasSubstr(R"("name":"influx","type":"influxdb","state":"idle",)"
                                R"("points_delivered":1000)"));
    EXPECT_THAT(text, HasSubstr(R"("last_error":"connection refused")"));
    EXPECT_THAT(text, HasSubstr(R"("last_success":"2025-08-21T14:07:50Z")"));
    EXPECT_THAT(status_line(relay, time.at.wall), "118 lines received; influx has everything");
}

TEST_F(pages, a_sink_that_lags_says_so_in_words) {
    sink.state.set(static_cast<std::int64_t>(delivery::delivery_state::backing_off));
    sink.behind_bytes.set(12 << 20);
    sink.oldest_waiting_ns.set(unix_nanoseconds(time.at.wall - 2h - 3min));

    EXPECT_EQ(status_line(relay, time.at.wall),
              "0 lines received; influx does not take anything, 2 h 3 min behind (12.0 MiB)");
}

TEST_F(pages, a_configuration_that_was_refused_is_shown_everywhere) {
    reload_counters reloads;
    reloads.successful.set(1);
    reloads.last_ns.set(unix_nanoseconds(time.at.wall));
    relay.reloads = &reloads;
    EXPECT_THAT(metrics(), HasSubstr("pverelay_config_last_reload_successful 1"));

    reloads.reloads.add();
    reloads.failures.add();
    reloads.successful.set(0);

    EXPECT_THAT(metrics(),
                AllOf(HasSubstr("pverelay_config_last_reload_successful 0"),
                      HasSubstr("pverelay_config_reload_failures_total 1"),
                      HasSubstr("config_last_reload_success_timestamp_seconds 1755785")));
    EXPECT_THAT(status(), HasSubstr(R"("config":{"successful":false,"last":"2025-08-21T14:07:50Z")"
                                    R"(,"count":1,"failed":1})"));
    EXPECT_THAT(status_line(relay, time.at.wall), HasSubstr("was refused, see the log"));
}

TEST_F(pages, how_long_the_journal_lasts_is_shown) {
    journal_outlook outlook;
    outlook.seconds_until_full.set(3600);
    outlook.bytes_per_second.set(250);
    relay.outlook = &outlook;

    EXPECT_THAT(metrics(), AllOf(HasSubstr("pverelay_journal_full_seconds 3600"),
                                 HasSubstr("pverelay_journal_written_bytes_per_second 250")));
    EXPECT_THAT(status(), HasSubstr(R"("bytes_per_second":250,"seconds_until_full":3600)"));
}

TEST_F(pages, status_shows_what_a_sink_will_never_have) {
    EXPECT_THAT(status(), HasSubstr(R"("losses":[])"));
    sink.losses.with([this](auto& losses) {
        losses.add({.from_ns = unix_nanoseconds(time.at.wall - 3h),
                    .to_ns = unix_nanoseconds(time.at.wall - 2h),
                    .points = 8400,
                    .reason = "max_bytes",
                    .noted_ns = unix_nanoseconds(time.at.wall)});
    });

    EXPECT_THAT(
        status(),
        HasSubstr(R"("losses":[{"from":"2025-08-21T11:07:50Z","to":"2025-08-21T12:07:50Z",)"
                  R"("points":8400,"reason":"max_bytes","noted":"2025-08-21T14:07:50Z"}])"));
}

TEST_F(pages, a_journal_that_is_in_memory_only_is_not_ready) {
    EXPECT_EQ(get("/ready").status, 200);

    journal_counters.memory_only.set(1);

    const auto answer = get("/ready");
    EXPECT_EQ(answer.status, 503);
    EXPECT_THAT(answer.body, HasSubstr("memory only"));
    EXPECT_THAT(metrics(), HasSubstr("pverelay_ready 0"));
    EXPECT_THAT(status(), HasSubstr(R"("ready":false)"));
}

TEST_F(pages, are_for_those_who_show_a_token_where_there_is_one) {
    access.tokens.emplace_back("read-me");

    EXPECT_EQ(get("/status").status, 401);
    EXPECT_EQ(get("/status", "wrong").status, 401);
    EXPECT_EQ(get("/status", "read-me").status, 200);
    EXPECT_EQ(get("/metrics", "read-me").status, 200);
}

TEST_F(pages, are_for_the_networks_that_are_allowed) {
    access.allow = {"192.0.2.0/24"};
    EXPECT_EQ(get("/status").status, 403);
    access.allow = {"127.0.0.0/8"};
    EXPECT_EQ(get("/status").status, 200);
}

TEST_F(pages, are_only_read) {
    EXPECT_EQ(get("/status", {}, "POST").status, 405);
    EXPECT_EQ(get("/nothing").status, 404);
    EXPECT_EQ(get("/").status, 200);
}

TEST_F(pages, last_values_are_asked_for_by_naming_and_cluster) {
    sinks::scrape_query asked;
    relay.scrape = [&](const sinks::scrape_query& query) {
        asked = query;
        return "m 1\n";
    };
    const auto got = get("/scrape?naming=pve-exporter&naming=proxmox&cluster=my%20lab");
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.body, "m 1\n");
    EXPECT_EQ(asked.naming,
              (std::vector{sinks::naming_kind::pve_exporter, sinks::naming_kind::proxmox}));
    EXPECT_EQ(asked.cluster, "my lab");

    EXPECT_EQ(get("/scrape").status, 200);
    EXPECT_EQ(asked.naming, std::vector{sinks::naming_kind::proxmox});
    EXPECT_FALSE(asked.cluster);
}

TEST_F(pages, a_scrape_that_asks_for_the_unknown_is_told_what_there_is) {
    relay.scrape = [&](const sinks::scrape_query&) { return "m 1\n"; };
    EXPECT_EQ(get("/scrape?naming=pve").status, 400);
    EXPECT_THAT(get("/scrape?naming=pve").body, HasSubstr("proxmox, pve-exporter and measurement"));
    EXPECT_THAT(get("/scrape?target=x").body, HasSubstr("there are naming and cluster"));
}

TEST_F(pages, why_there_are_no_last_values_is_said) {
    EXPECT_EQ(get("/scrape").status, 404);
    using kind = scrape_refusal::kind;
    for (const auto& [why, status] :
         {std::pair(kind::not_yet, 503), {kind::not_there, 404}, {kind::too_large, 507}}) {
        relay.scrape = [why = why](const auto&) {
            return unexpected(scrape_refusal{why, "because"});
        };
        EXPECT_EQ(get("/scrape").status, status);
        EXPECT_THAT(get("/scrape").body, HasSubstr("because"));
    }
}

}  // namespace
}  // namespace relay::ops
