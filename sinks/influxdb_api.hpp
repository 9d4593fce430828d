// How the write APIs of InfluxDB 1, 2 and 3 differ: where a request goes and what an answer means.
// Pure values; docs/influxdb.md has the table.
#pragma once

#include "sinks/sink.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace relay::sinks {

enum class influxdb_api : std::uint8_t {
    v1,  // /write: InfluxDB 1.x
    v2,  // /api/v2/write: InfluxDB 2.x, VictoriaMetrics
    v3,  // /api/v3/write_lp: InfluxDB 3 Core and Enterprise
};

/// "v1" …
[[nodiscard]] std::string_view to_string(influxdb_api api) noexcept;

/// The path of that API's write: what a URL in the configuration is written without.
[[nodiscard]] std::string_view write_path(influxdb_api api) noexcept;

/// Where its lines go.
struct influxdb_place {
    std::string_view org;               // v2
    std::string_view bucket;            // v2; the database of v1 and v3
    std::string_view retention_policy;  // v1; may be empty
};

/// The path with its query, timestamps being nanoseconds.
[[nodiscard]] std::string write_target(influxdb_api api, const influxdb_place& to);

/// What the store says was wrong. InfluxDB 3 says it line by line: then of the first line.
[[nodiscard]] std::string influxdb_words(const http_response& response);

/// The table of docs/delivery.md, column InfluxDB.
[[nodiscard]] std::pair<verdict_kind, std::string_view> influxdb_meaning(
    influxdb_api api, int status, std::string_view words) noexcept;

/// Whether InfluxDB 3 says that a write had no lines: whoever says so has let us in.
[[nodiscard]] bool says_empty(std::string_view words) noexcept;

}  // namespace relay::sinks
