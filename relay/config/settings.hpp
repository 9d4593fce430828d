// The whole configuration as values: the stages' own options, gathered.
#pragma once

#include "relay/delivery/delivery_options.hpp"
#include "relay/http/http_target.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/presence_options.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/ops/discovery_options.hpp"
#include "relay/topology/api_options.hpp"
#include "sinks/influxdb.hpp"
#include "sinks/line_filter.hpp"
#include "sinks/prometheus.hpp"
#include "sinks/scrape.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace relay::config {

/// One [[sink]]: what it is to its store, how the store is reached, where it begins.
struct sink_settings {
    std::string name;
    std::variant<sinks::influxdb_options, sinks::prometheus_options> store;
    http::http_target target;
    journal::start_at start = journal::start_at::now;
    sinks::line_filter only_lines;    // what `only` says of lines; what it says of lanes: store
    delivery::replay_options replay;  // the order's default depends on the store
    bool operator==(const sink_settings&) const = default;
};

/// "influxdb" or "prometheus", as the configuration spells it.
[[nodiscard]] std::string_view type_of(const sink_settings& sink) noexcept;
[[nodiscard]] const std::string& url_of(const sink_settings& sink) noexcept;

/// The admin listener as it is where the file says nothing.
[[nodiscard]] listen::listen_options default_admin();

struct settings;
/// The values that the tag `cluster` may have.
[[nodiscard]] std::vector<std::string> cluster_names(const settings& of);

/// What is said of the bucket of the lines that the relay itself makes of a cluster.
struct bucket_choice {
    std::string chosen{};  // [cluster.api] bucket; empty: none
    std::string likely{};  // where its senders may name one alone
    bool operator==(const bucket_choice&) const = default;
};
[[nodiscard]] bucket_choice bucket_choice_of(const settings& of, const ingest::cluster_rule& rule);

/// Whether there is one of that name, or one that its API will name.
[[nodiscard]] bool may_have_cluster(const settings& of, std::string_view name);

struct settings {
    std::vector<listen::listen_options> listeners;
    listen::listen_options admin = default_admin();
    std::vector<ingest::cluster_rule> clusters;  // one without a name has an API that gives it
    ops::sd_options sd;
    sinks::scrape_options scrape;
    std::vector<topology::api_options> apis;   // of the clusters that have one
    std::filesystem::path topology_directory;  // empty: `topology` beside the journal
    ingest::ingest_options ingest;
    ingest::presence_options presence;
    std::filesystem::path presence_file;  // empty: `presence` in the journal
    journal::journal_options journal;
    journal::dead_letter_options dead_letters;
    std::filesystem::path control;        // the socket; empty: `control` in the journal
    delivery::delivery_options delivery;  // of every sink
    std::size_t delivery_threads = 2;     // the sinks are spread over them
    std::vector<sink_settings> sinks;
};

}  // namespace relay::config
