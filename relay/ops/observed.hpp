// What ops looks at: the counters of every stage, by reference, with the names people know them
// by. The stages know nothing of this. Everything here may be read from any thread at any time.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/delivery/delivery_counters.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/listen/listen_counters.hpp"
#include "relay/listen/listen_options.hpp"

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
};

struct observed {
    std::string version;
    std::string compiler;
    wall_time started{};
    std::vector<observed_listener> listeners;
    const journal::journal_counters* journal = nullptr;
    const journal::journal_options* journal_options = nullptr;
    const journal::dead_letter_counters* dead_letters = nullptr;
    std::vector<observed_sink> sinks;
};

/// Why new data cannot be answered as it should be; nothing where it can.
[[nodiscard]] std::optional<std::string> not_ready(const observed& relay);

}  // namespace relay::ops
