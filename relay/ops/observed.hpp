// What ops looks at: the counters of every stage, by reference, with the names people know them
// by. The stages know nothing of this. Everything here may be read from any thread at any time.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/delivery/delivery_counters.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/node_homes.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"
#include "relay/ops/discovery_options.hpp"
#include "relay/ops/journal_outlook.hpp"
#include "relay/ops/scrape_page.hpp"
#include "relay/topology/api_counters.hpp"
#include "relay/topology/snapshot.hpp"
#include "sinks/prometheus_counters.hpp"
#include "sinks/type_guard.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace relay::ops {

struct observed_listener {
    std::string address;
    listen::listen_kind kind;
    const listen::listen_counters* counters;
    const ingest::ingest_counters* ingest;
};

struct observed_sink {
    std::string name;
    std::string type;  // "influxdb", "prometheus"
    const delivery::delivery_counters* counters;
    const sinks::guarded_fields* guarded = nullptr;      // of an InfluxDB
    const sinks::prometheus_counters* series = nullptr;  // of a Prometheus
};

/// A cluster whose API is asked. What it says is on the board.
struct observed_cluster {
    std::string name;
    std::string token_id;
    std::shared_ptr<const topology::api_counters> counters;
};

/// How the last SIGHUP ended. Written by the main thread.
struct reload_counters {
    counter reloads, failures;
    gauge successful;  // 1 also while there was none: what is in force is what was read last
    gauge last_ns;     // when a configuration was last taken, also at the start
};

/// Consistent in itself and never changed: a reload makes a new one.
struct observed {
    std::string version;
    std::string compiler;
    wall_time started{};
    std::vector<observed_listener> listeners;
    const journal::journal_counters* journal = nullptr;
    const journal::journal_options* journal_options = nullptr;
    const journal::dead_letter_counters* dead_letters = nullptr;
    std::vector<observed_sink> sinks;
    const reload_counters* reloads = nullptr;
    const journal_outlook* outlook = nullptr;
    const topology::snapshot_board* board = nullptr;
    std::vector<observed_cluster> clusters;
    sd_options sd;
    scrape_source scrape;  // any thread
    const ingest::node_home_counters* homes = nullptr;
    const ingest::presence* presence = nullptr;      // null where it is switched off
    std::vector<std::shared_ptr<const void>> keeps;  // what the pointers above mean
};

/// Why new data cannot be answered as it should be; nothing where it can.
[[nodiscard]] std::optional<std::string> not_ready(const observed& relay);

}  // namespace relay::ops
