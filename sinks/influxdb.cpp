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
        return "the URL has a query: bucket or database are options of their own";
    }
    if (const auto path = write_path(options.api); options.url.ends_with(path)) {
        return fmt::format("the URL is written without {}", path);
    }
    const auto* const name = options.api == influxdb_api::v2 ? "bucket" : "database";
    if (options.bucket.empty()) return fmt::format("{} is missing", name);
    if (auto problem = template_problem(options.bucket))
        return fmt::format("{}: {}", name, *problem);
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
      authorization_(authorization(options_.auth, options_.api == influxdb_api::v3
                                                      ? token_scheme::bearer
                                                      : token_scheme::token)),
      guard_(options_.guard, options_.guarded_fields_max) {
    // InfluxDB 3 has no column that is a tag of some lines and a field of others. A storage's
    // `type` is a tag, a container's a field that says "lxc", as its tag `object` does.
    if (options_.api == influxdb_api::v3) guard_.expect_tag("system", "type");
}

bool influxdb::takes(const journal::lane& lane) const {
    return options_.only.passes(lane) && has_destination(options_, lane);
}

http_request influxdb::request_for(const journal::lane& lane) const {
    http_request request;
    const auto bucket = fill_in(options_.bucket, lane);
    request.url =
        options_.url + write_target(options_.api, {.org = options_.org,
                                                   .bucket = bucket,
                                                   .retention_policy = options_.retention_policy});
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
    const auto& first = records[from.record]->header;
    last_lane_ = first.lane;
    if (writes_anew(first.lane)) return encode_anew(records, from, units_max);
    if (from.unit == 0 && first.points <= units_max) return encode_whole(records, from, units_max);
    return encode_anew(records.first(from.record + 1), from, units_max);
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

bool influxdb::writes_anew(const journal::lane& lane) const {
    if (options_.api == influxdb_api::v3) return true;
    return options_.guard != type_guard_mode::off && guard_.of(destination_of(lane)).is_active();
}

/// Everything that tells one database from another: a tenant may be a header's to name.
std::string influxdb::destination_of(const journal::lane& lane) const {
    auto text = fill_in(options_.bucket, lane);
    for (const auto& header : options_.headers)
        text += '\n' + fill_in(header.value.reveal(), lane);
    return text;
}

/// As many records of one destination as there are, as one member.
encoded influxdb::encode_anew(std::span<const journal::record_ptr> records, place from,
                              std::size_t units_max) {
    const auto& lane = records[from.record]->header.lane;
    draft d{.from = from, .units_max = units_max, .guard = guard_.of(destination_of(lane))};
    d.out.request = request_for(lane);
    text_.clear();
    std::size_t i = from.record;
    while (i < records.size() && same_destination(lane, records[i]->header.lane) &&
           add_lines(*records[i], i, d)) {
        ++i;
        d.out.end = {i, 0};
    }
    d.out.points = d.out.units;
    if (d.out.units == 0) return std::move(d.out);
    if (!compressor_) compressor_.emplace();
    compressor_->compress(text_, {}, d.out.request.body);
    return std::move(d.out);
}

/// @returns whether the whole record found room; else the draft's end is where it did not.
bool influxdb::add_lines(const journal::record& record, std::size_t index, draft& d) {
    const std::size_t from = index == d.from.record ? d.from.unit : 0;
    const auto text = text_of(record);
    if (!text) {
        d.out.dropped += record.header.points - std::min<std::size_t>(record.header.points, from);
        return true;
    }
    lines_.open(*text);
    for (std::size_t unit = 0; lines_.next(); ++unit) {
        if (unit < from) continue;
        const bool is_full = d.out.units > 0 && text_.size() + lines_.end() - lines_.begin() >
                                                    options_.text_bytes_max.bytes;
        if (d.out.units == d.units_max || is_full) {
            d.out.end = {index, unit};
            return false;
        }
        const auto* const point = lines_.point();
        if (!d.guard.is_active() || point == nullptr || !d.guard.append(*point, text_)) {
            text_ += text->substr(lines_.begin(), lines_.end() - lines_.begin());
        }
        ++d.out.units;
    }
    return true;
}

std::optional<std::string_view> influxdb::text_of(const journal::record& record) {
    if (!record.text.empty()) return record.text;
    inflated_.clear();
    if (!protocol::inflate_member(record.member, record.header.text_bytes, inflated_)) return {};
    return inflated_;
}

verdict influxdb::judge(const http_response& response) const {
    verdict out;
    out.detail = influxdb_words(response);
    std::tie(out.kind, out.reason) = influxdb_meaning(options_.api, response.status, out.detail);
    const bool comes_back = out.kind == verdict_kind::later || out.kind == verdict_kind::fault;
    if (comes_back) out.retry_after = retry_after(response);
    return out;
}

bool influxdb::adapts_to(const http_response& response) {
    if (options_.guard == type_guard_mode::off || !last_lane_) return false;
    return guard_.learn(destination_of(*last_lane_), fill_in(options_.bucket, *last_lane_),
                        type_conflicts(response));
}

verdict influxdb::judge_probe(const http_response& response) const {
    if (options_.api == influxdb_api::v3 && response.status == 400 &&
        says_empty(influxdb_words(response))) {
        verdict let_in;
        let_in.kind = verdict_kind::delivered;
        return let_in;
    }
    return judge(response);
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
    // 1.x before 1.8 has no /health; /ping it answers to everybody.
    request.url = options_.url + (options_.api == influxdb_api::v1 ? "/ping" : "/health");
    request.headers = {{"User-Agent", std::string(user_agent())}};
    if (authorization_) request.headers.push_back(*authorization_);
    return request;
}

}  // namespace relay::sinks
