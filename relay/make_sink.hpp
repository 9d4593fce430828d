// The one place that knows which class is which type of [[sink]].
#pragma once

#include "relay/config/settings.hpp"
#include "sinks/influxdb.hpp"
#include "sinks/prometheus.hpp"
#include "sinks/sink.hpp"

#include <memory>

namespace relay {

struct made_sink {
    std::unique_ptr<sinks::sink> sink;
    std::shared_ptr<const sinks::guarded_fields> guarded;      // of an InfluxDB
    std::shared_ptr<const sinks::prometheus_counters> series;  // of a Prometheus
};

[[nodiscard]] made_sink make_sink(const config::sink_settings& from);

}  // namespace relay
