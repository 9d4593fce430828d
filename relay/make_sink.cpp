#include "relay/make_sink.hpp"

#include <utility>
#include <variant>

namespace relay {

made_sink make_sink(const config::sink_settings& from) {
    if (const auto* influx = std::get_if<sinks::influxdb_options>(&from.store)) {
        auto made = std::make_unique<sinks::influxdb>(*influx);
        auto guarded = made->guarded();
        return {.sink = std::move(made), .guarded = std::move(guarded), .series = nullptr};
    }
    const auto& options = std::get<sinks::prometheus_options>(from.store);
    auto made = std::make_unique<sinks::prometheus>(options);
    auto counters = made->shared_counters();
    return {.sink = std::move(made), .guarded = nullptr, .series = std::move(counters)};
}

}  // namespace relay
