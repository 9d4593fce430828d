// The whole configuration as values: the stages' own options, gathered.
#pragma once

#include "relay/base/backoff.hpp"
#include "relay/base/secret.hpp"
#include "relay/http/http_target.hpp"
#include "relay/ingest/identity.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/listen_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace relay::config {

enum class sink_type : std::uint8_t { influxdb, prometheus };

/// Who we are to a store. At most one of token and user.
struct credentials {
    secret token;
    std::string user;
    secret password;
};

/// One [[sink]]. What belongs to the other type is empty.
struct sink_settings {
    std::string name;
    sink_type type = sink_type::influxdb;
    std::string url;
    std::string org;     // influxdb
    std::string bucket;  // influxdb; may hold {bucket}, {cluster}, {tenant}
    credentials auth;
    std::vector<std::pair<std::string, secret>> headers;
    std::vector<std::pair<std::string, std::string>> external_labels;  // prometheus
    std::size_t max_series = 1'000'000;                                // prometheus
    std::vector<std::string> only_clusters;                            // empty: every one
    std::vector<std::string> only_buckets;
    http::http_target target;
    journal::start_at start = journal::start_at::now;
    backoff_options backoff;
    std::chrono::seconds retry_after_max{600};
};

/// The admin listener as it is where the file says nothing.
[[nodiscard]] listen::listen_options default_admin();

struct settings {
    std::vector<listen::listen_options> listeners;
    listen::listen_options admin = default_admin();
    std::vector<ingest::cluster_rule> clusters;
    ingest::ingest_options ingest;
    journal::journal_options journal;
    std::vector<sink_settings> sinks;
    std::size_t delivery_threads = 2;
};

}  // namespace relay::config
