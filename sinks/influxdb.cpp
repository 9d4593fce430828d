#include "sinks/influxdb.hpp"

#include "relay/base/check.hpp"
#include "sinks/answer.hpp"
#include "sinks/lane_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

namespace relay::sinks {

namespace {

constexpr std::array<std::string_view, 7> reserved_headers{
    "authorization", "connection", "content-encoding", "content-length",
    "content-type",  "host",       "transfer-encoding"};

/// Why a line was not taken, told from InfluxDB's words (1.x, 2.x, 3.x, VictoriaMetrics).
std::string_view refusal_reason(std::string_view words) noexcept {
    if (mentions(words, "field type conflict")) return "type_conflict";
    if (mentions(words, "retention")) return "too_old";
    if (mentions(words, "time outside range")) return "out_of_bounds";
    if (mentions(words, "too long") || mentions(words, "max key length")) return "too_long";
    return "invalid";
}

/// Answers that name the destination as the culprit although their status speaks of the data:
/// a 400 for an organisation in early 2.x, a 500 for a retention policy in 1.x.
bool blames_destination(std::string_view words) noexcept {
    return (mentions(words, "organization") && mentions(words, "not found")) ||
           mentions(words, "retention policy not found") || mentions(words, "database is required");
}

/// The table of docs/delivery.md, column InfluxDB.
std::pair<verdict_kind, std::string_view> meaning(int status, std::string_view words) noexcept {
    const bool is_success = status >= 200 && status < 300;
    if (status != 0 && !is_success && blames_destination(words)) {
        return {verdict_kind::configuration, "not_found"};
    }
    switch (status) {
        case 400:
        case 406:
        case 409:
            return {verdict_kind::refused, refusal_reason(words)};
        case 422:
            return {verdict_kind::rest_stored, refusal_reason(words)};
        default:
            return status_meaning(status);
    }
}

std::string without_end_slashes(std::string url) {
    while (url.ends_with('/'))
        url.pop_back();
    return url;
}

influxdb_options tidy(influxdb_options options) {
    options.url = without_end_slashes(std::move(options.url));
    return options;
}

}  // namespace

bool has_destination(const influxdb_options& options, const journal::lane& lane) {
    return !fill_in(options.bucket, lane).empty() && fills_headers(options.headers, lane);
}

std::optional<std::string> find_problem(const influxdb_options& options) {
    if (auto problem = url_problem(options.url)) return problem;
    if (options.url.find('?') != std::string::npos) {
        return "the URL has a query: org and bucket are options of their own";
    }
    if (options.url.ends_with("/api/v2/write")) return "the URL is written without /api/v2/write";
    if (options.bucket.empty()) return "bucket is missing";
    if (auto problem = template_problem(options.bucket)) return "bucket: " + *problem;
    if (auto problem = auth_problem(options.auth)) return problem;
    for (const auto& header : options.headers) {
        if (auto problem = header_problem(header, reserved_headers)) return problem;
    }
    if (options.members_max == 0) return "a request holds at least one record";
    return {};
}

influxdb::influxdb(influxdb_options options)
    : options_(tidy(std::move(options))),
      is_one_destination_(!depends_on_lane(options_.bucket) && !depend_on_lane(options_.headers)),
      authorization_(authorization(options_.auth, token_scheme::token)) {}

bool influxdb::takes(const journal::lane& lane) const {
    return options_.only.passes(lane) && has_destination(options_, lane);
}

http_request influxdb::request_for(const journal::lane& lane) const {
    http_request request;
    request.url =
        fmt::format("{}/api/v2/write?org={}&bucket={}&precision=ns", options_.url,
                    percent_encoded(options_.org), percent_encoded(fill_in(options_.bucket, lane)));
    request.headers = {{"Content-Encoding", "gzip"},
                       {"Content-Type", "text/plain; charset=utf-8"},
                       {"User-Agent", std::string(user_agent())}};
    if (authorization_) request.headers.push_back(*authorization_);
    add_custom_headers(options_.headers, lane, request.headers);
    return request;
}

bool influxdb::same_destination(const journal::lane& a, const journal::lane& b) const {
    if (is_one_destination_ || a == b) return true;
    const auto first = request_for(a);
    const auto second = request_for(b);
    return first.url == second.url && first.headers == second.headers;
}

encoded influxdb::encode(std::span<const journal::record_ptr> records, place from,
                         std::size_t units_max) {
    RELAY_CHECK(from.record < records.size() && units_max > 0);
    const auto& record = *records[from.record];
    last_lane_ = record.header.lane;
    if (from.unit == 0 && record.header.points <= units_max) {
        return encode_whole(records, from, units_max);
    }
    return encode_part(record, from, units_max);
}

encoded influxdb::encode_whole(std::span<const journal::record_ptr> records, place from,
                               std::size_t units_max) {
    const auto& lane = records[from.record]->header.lane;
    const auto fits = [&](const journal::record& r, std::size_t members, std::size_t units,
                          std::size_t bytes) {
        return members < options_.members_max && r.header.points <= units_max - units &&
               bytes + r.member.size() <= options_.request_bytes_max.bytes &&
               same_destination(lane, r.header.lane);
    };
    std::size_t end = from.record;
    std::size_t units = 0;
    std::size_t bytes = 0;
    do {
        units += records[end]->header.points;
        bytes += records[end]->member.size();
        ++end;
    } while (end < records.size() && fits(*records[end], end - from.record, units, bytes));

    encoded out;
    out.request = request_for(lane);
    out.end = {end, 0};
    out.units = out.points = units;
    out.request.body.reserve(bytes);
    for (auto i = from.record; i < end; ++i)
        out.request.body += records[i]->member;
    return out;
}

encoded influxdb::encode_part(const journal::record& record, place from, std::size_t units_max) {
    encoded out;
    out.request = request_for(record.header.lane);
    out.end = {from.record + 1, 0};
    const auto text = text_of(record);
    if (!text) {
        out.dropped = record.header.points - std::min<std::size_t>(record.header.points, from.unit);
        return out;
    }
    std::size_t begin = text->size();
    std::size_t end = begin;
    lines_.open(*text);
    for (std::size_t unit = 0; lines_.next(); ++unit) {
        if (unit < from.unit) continue;
        if (unit - from.unit == units_max) {
            out.end = {from.record, unit};
            break;
        }
        if (out.units == 0) begin = lines_.begin();
        end = lines_.end();
        ++out.units;
    }
    out.points = out.units;
    if (out.units == 0) return out;
    if (!compressor_) compressor_.emplace();
    compressor_->compress(text->substr(begin, end - begin), {}, out.request.body);
    return out;
}

std::optional<std::string_view> influxdb::text_of(const journal::record& record) {
    if (!record.text.empty()) return record.text;
    text_.clear();
    if (!protocol::inflate_member(record.member, record.header.text_bytes, text_)) return {};
    return text_;
}

verdict influxdb::judge(const http_response& response) const {
    verdict out;
    out.detail = store_words(response);
    std::tie(out.kind, out.reason) = meaning(response.status, out.detail);
    const bool comes_back = out.kind == verdict_kind::later || out.kind == verdict_kind::fault;
    if (comes_back) out.retry_after = retry_after(response);
    return out;
}

std::optional<http_request> influxdb::probe() const {
    if (last_lane_ || is_one_destination_) {
        auto request = request_for(last_lane_.value_or(journal::lane{}));
        // Nothing is no gzip member: 1.x would answer 400 to it.
        std::erase(request.headers, http_header{"Content-Encoding", "gzip"});
        return request;
    }
    http_request request;
    request.method = "GET";
    request.url = options_.url + "/health";
    request.headers = {{"User-Agent", std::string(user_agent())}};
    if (authorization_) request.headers.push_back(*authorization_);
    return request;
}

}  // namespace relay::sinks
