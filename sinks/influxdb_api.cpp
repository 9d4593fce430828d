#include "sinks/influxdb_api.hpp"

#include "relay/base/log.hpp"
#include "sinks/answer.hpp"
#include "sinks/store_access.hpp"

#include <fmt/format.h>

namespace relay::sinks {

namespace {

/// Why a line was not taken, told from InfluxDB's words (1.x, 2.x, 3.x, VictoriaMetrics).
std::string_view refusal_reason(std::string_view words) noexcept {
    if (mentions(words, "field type conflict")) return "type_conflict";
    if (mentions(words, "invalid column type")) return "type_conflict";
    if (mentions(words, "retention")) return "too_old";
    if (mentions(words, "time outside range")) return "out_of_bounds";
    if (mentions(words, "too long") || mentions(words, "max key length")) return "too_long";
    return "invalid";
}

/// Answers that name the destination as the culprit although their status speaks of the data:
/// a 400 for an organisation in early 2.x, a 500 for a retention policy in 1.x.
bool blames_destination(std::string_view words) noexcept {
    return (mentions(words, "organization") && mentions(words, "not found")) ||
           mentions(words, "retention policy not found") ||
           mentions(words, "database is required") || mentions(words, "invalid database name");
}

}  // namespace

std::string_view to_string(influxdb_api api) noexcept {
    switch (api) {
        case influxdb_api::v1:
            return "v1";
        case influxdb_api::v2:
            return "v2";
        case influxdb_api::v3:
            return "v3";
    }
    return "";
}

std::string_view write_path(influxdb_api api) noexcept {
    switch (api) {
        case influxdb_api::v1:
            return "/write";
        case influxdb_api::v2:
            return "/api/v2/write";
        case influxdb_api::v3:
            return "/api/v3/write_lp";
    }
    return "";
}

std::string write_target(influxdb_api api, const influxdb_place& to) {
    const auto path = write_path(api);
    const auto bucket = percent_encoded(to.bucket);
    switch (api) {
        case influxdb_api::v1:
            if (to.retention_policy.empty()) {
                return fmt::format("{}?db={}&precision=ns", path, bucket);
            }
            return fmt::format("{}?db={}&rp={}&precision=ns", path, bucket,
                               percent_encoded(to.retention_policy));
        case influxdb_api::v2:
            return fmt::format("{}?org={}&bucket={}&precision=ns", path, percent_encoded(to.org),
                               bucket);
        case influxdb_api::v3:
            return fmt::format("{}?db={}&precision=nanosecond&accept_partial=true", path, bucket);
    }
    return {};
}

std::string influxdb_words(const http_response& response) {
    const auto of_line = json_string(response.body, "error_message");
    if (response.status == 0 || !of_line) return store_words(response);
    return printable(*of_line, words_max);
}

std::pair<verdict_kind, std::string_view> influxdb_meaning(influxdb_api api, int status,
                                                           std::string_view words) noexcept {
    const bool is_success = status >= 200 && status < 300;
    if (status != 0 && !is_success && blames_destination(words)) {
        return {verdict_kind::configuration, "not_found"};
    }
    switch (status) {
        case 400:
            // Of a body that held lines: somebody in between took it away.
            if (says_empty(words)) return {verdict_kind::configuration, "body_lost"};
            return {verdict_kind::refused, refusal_reason(words)};
        case 406:
        case 409:
            return {verdict_kind::refused, refusal_reason(words)};
        case 422:
            // InfluxDB 2 has stored the rest. InfluxDB 3 has reached its limit of tables or
            // columns: what needs no new one is still to be stored.
            if (api == influxdb_api::v3) return {verdict_kind::refused, "store_limit"};
            return {verdict_kind::rest_stored, refusal_reason(words)};
        default:
            return status_meaning(status);
    }
}

bool says_empty(std::string_view words) noexcept {
    return mentions(words, "incoming write was empty");
}

}  // namespace relay::sinks
