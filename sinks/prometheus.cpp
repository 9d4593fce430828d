#include "sinks/prometheus.hpp"

#include "protocol/snappy_block.hpp"
#include "relay/base/check.hpp"
#include "relay/schema/table.hpp"
#include "sinks/answer.hpp"
#include "sinks/lane_template.hpp"
#include "sinks/naming/make_naming.hpp"
#include "sinks/remote_write_answer.hpp"
#include "sinks/sample_time.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <tuple>
#include <utility>

namespace relay::sinks {

namespace {

constexpr std::array<std::string_view, 9> reserved_headers{
    "authorization",     "connection",   "content-encoding",
    "content-length",    "content-type", "host",
    "transfer-encoding", "user-agent",   "x-prometheus-remote-write-version"};

/// How the end of a series is written: a NaN that no calculation gives.
constexpr auto stale_marker = std::bit_cast<double>(std::uint64_t{0x7ff0000000000002});

/// An event has so many, whether that many lines end with it or not: its neighbours' places in the
/// record do not depend on what is known.
constexpr std::size_t event_units = 1 << 20;

bool is_event(const protocol::point& point) noexcept {
    return point.measurement == schema::event_measurement && point.time_ns.has_value();
}

std::size_t units_of(const protocol::point& point) noexcept {
    return is_event(point) ? event_units : point.fields.size();
}

remote_write_version first_version(remote_write_choice choice) noexcept {
    return choice == remote_write_choice::v1 ? remote_write_version::v1 : remote_write_version::v2;
}

std::vector<http_header> headers_of(const prometheus_options& options,
                                    remote_write_version version) {
    // As both specifications demand them, to the letter (section "Protocol").
    const bool is_2 = version == remote_write_version::v2;
    std::vector<http_header> headers{
        {"Content-Encoding", "snappy"},
        {"Content-Type", is_2 ? "application/x-protobuf;proto=io.prometheus.write.v2.Request"
                              : "application/x-protobuf"},
        {"User-Agent", std::string(user_agent())},
        {"X-Prometheus-Remote-Write-Version", is_2 ? "2.0.0" : "0.1.0"}};
    if (auto auth = authorization(options.auth, token_scheme::bearer)) {
        headers.push_back(std::move(*auth));
    }
    return headers;
}

}  // namespace

bool has_destination(const prometheus_options& options, const journal::lane& lane) {
    return fills_headers(options.headers, lane);
}

std::optional<std::string> find_problem(const prometheus_options& options) {
    if (auto problem = url_problem(options.url)) return problem;
    if (auto problem = auth_problem(options.auth)) return problem;
    for (const auto& header : options.headers) {
        if (auto problem = header_problem(header, reserved_headers)) return problem;
    }
    if (auto problem = label_problem(options.external)) return problem;
    if (auto problem = find_problem(options.rules)) return problem;
    if (options.naming.empty()) return "naming is empty: no sample would have a name";
    if (options.samples_per_request == 0) return "a request holds at least one sample";
    return {};
}

prometheus::prometheus(prometheus_options options)
    : options_(std::move(options)),
      is_one_destination_(!depend_on_lane(options_.headers)),
      version_(first_version(options_.version)),
      fixed_headers_(headers_of(options_, version_)),
      metadata_(options_.naming),
      news_(options_.metadata_interval),
      budget_(options_.max_series),
      speakers_(options_.max_series) {
    for (const auto kind : options_.naming) {
        auto names =
            make_naming(kind, options_.naming, options_.external, options_.proxmox, options_.rules);
        voices_.push_back({.names = {std::move(names), options_.known_lines_bytes}});
    }
}

bool prometheus::takes(const journal::lane& lane) const {
    return options_.only.passes(lane) && has_destination(options_, lane);
}

/// As add_record() counts them.
std::size_t prometheus::units_in(std::string_view line) const {
    record_lines lines;
    lines.open(line, 0);
    return lines.next() && lines.point() != nullptr ? units_of(*lines.point()) : 1;
}

http_request prometheus::request_for(const journal::lane& lane) const {
    http_request request;
    request.url = options_.url;
    request.headers = fixed_headers_;
    add_custom_headers(options_.headers, lane, request.headers);
    return request;
}

bool prometheus::same_destination(const journal::lane& a, const journal::lane& b) const {
    return is_one_destination_ || a == b || request_for(a).headers == request_for(b).headers;
}

encoded prometheus::encode(std::span<const journal::record_ptr> records, place from,
                           std::size_t units_max) {
    RELAY_CHECK(from.record < records.size() && units_max > 0);
    const auto& first = records[from.record]->header;
    request_.clear(version_);
    series_.clear();
    held_.clear();
    for (auto& v : voices_) {
        v.names.begin_request(first);
        v.names.table().begin({records.front()->header.sequence, 0});
    }
    budget_.begin(first.appended_ns);
    budget_.begin_request({first.sequence, from.unit});

    draft d{.from = from, .units_max = std::min(units_max, options_.samples_per_request)};
    d.lane = &first.lane;
    d.out.request = request_for(first.lane);
    d.out.end = {records.size(), 0};
    for (auto i = from.record; i < records.size(); ++i) {
        if (!address(records[i]->header.lane, d)) {
            d.out.end = {i, 0};
            break;
        }
        if (add_record(*records[i], i, d) == room::none) break;
    }
    const auto& end = d.out.end;
    budget_.end_request(end.record < records.size()
                            ? unit_place{records[end.record]->header.sequence, end.unit}
                            : unit_place{records.back()->header.sequence + 1, 0});
    last_lane_ = *d.lane;
    show_sizes();
    d.out.request.body = request_.body();
    return std::move(d.out);
}

void prometheus::show_sizes() {
    std::size_t lines = 0;
    for (const auto& v : voices_)
        lines += v.names.table().size();
    counters_.ending_lines.set(static_cast<std::int64_t>(lines));
    counters_.series.set(static_cast<std::int64_t>(budget_.series()));
}

/// @returns false where what belongs to that lane goes elsewhere than the request.
bool prometheus::address(const journal::lane& lane, draft& d) const {
    if (d.lane == &lane || same_destination(*d.lane, lane)) return true;
    if (d.out.units != 0) return false;
    d.lane = &lane;
    d.out.request = request_for(lane);
    return true;
}

/// As encode() would walk through it, had it been sent.
void prometheus::recall(const journal::record& record) {
    const auto& header = record.header;
    for (auto& v : voices_) {
        v.names.begin_request(header);
        v.names.table().begin({header.sequence, 0});
        v.names.begin_record(header.lane);
    }
    budget_.begin(header.appended_ns);
    lines_.open(record.text, 0);
    std::size_t unit = 0;
    while (next_line()) {
        const unit_place at{header.sequence, std::exchange(unit, unit + line_.units)};
        if (!line_.is_sound) continue;
        if (line_.is_event) {
            note_end(header.lane, at);
        } else {
            static_cast<void>(begin_line(at));
        }
    }
    show_sizes();
}

prometheus::room prometheus::add_record(const journal::record& record, std::size_t index,
                                        draft& d) {
    const auto& header = record.header;
    for (auto& v : voices_)
        v.names.begin_record(header.lane);
    const std::size_t from = index == d.from.record ? d.from.unit : 0;
    std::size_t unit = 0;
    std::size_t offset = 0;
    if (bookmark_.record == header.sequence && bookmark_.text_size == record.text.size() &&
        bookmark_.unit <= from) {
        unit = bookmark_.unit;
        offset = bookmark_.offset;
    }
    lines_.open(record.text, offset);
    while (next_line()) {
        const auto first_unit = std::exchange(unit, unit + line_.units);
        if (unit <= from) continue;
        if (!line_.is_sound) {
            counters_.unreadable.add();
            d.out.dropped += line_.units;
        } else if (add_line({index, first_unit, {header.sequence, first_unit}}, header.lane, d) ==
                   room::none) {
            bookmark_ = {header.sequence, record.text.size(), lines_.begin(), first_unit};
            return room::none;
        }
    }
    return room::left;
}

/// Goes to the next line of the record. @returns false at its end.
bool prometheus::next_line() {
    if (voices_.size() == 1 && next_known_line()) return true;
    if (!lines_.next()) return false;
    line_ = {};
    if (const auto* point = lines_.point()) {
        line_.units = units_of(*point);
        line_.is_sound = point->time_ns.has_value();
        line_.is_event = is_event(*point);
        if (line_.is_event) {
            line_.end = read_end(*point);
        } else if (line_.is_sound) {
            take_values(*point);
        }
    }
    return true;
}

/// The fast path: the line that came next the last time comes again. Nearly all do.
bool prometheus::next_known_line() {
    auto& v = voices_.front();
    auto* const expected = v.names.expected();
    if (expected == nullptr) return false;
    const auto bytes = known_.read(lines_.rest(), *expected);
    if (bytes == 0) return false;
    lines_.pass(bytes);
    v.names.came_as_expected();
    v.line = expected;
    line_ = {.units = expected->kind->fields(),
             .is_sound = true,
             .is_known = true,
             .time_ns = known_.time_ns(),
             .values = known_.values()};
    return true;
}

void prometheus::take_values(const protocol::point& point) {
    values_.clear();
    for (const auto& [key, value] : point.fields) {
        const bool is_string = value.kind == protocol::field_kind::string;
        values_.push_back(is_string ? 0 : protocol::to_double(value));
    }
    line_.time_ns = *point.time_ns;
    line_.values = values_;
}

prometheus::room prometheus::add_line(line_place at, const journal::lane& lane, draft& d) {
    const auto time_ms = milliseconds(line_.time_ns);
    const auto from = at.record == d.from.record ? d.from.unit : 0;
    const place begin{at.record, std::max(from, at.first_unit)};
    const auto end_here = [&] {
        d.out.end = begin;
        return room::none;
    };
    if (line_.is_event) return add_event(at, lane, d);
    if (!address(lane, d)) return end_here();
    if (const auto is = begin_line(at.in_journal); is != admission::yes) {
        leave_out(is, at.first_unit + line_.units - begin.unit, d);
        return room::left;
    }
    markers_.clear();
    const bool is_begun = from <= at.first_unit;
    if (is_begun && choose_riders(at.in_journal, d) == taken::not_here) return end_here();
    if (!series_.begin(time_ms)) return end_here();
    for (auto& v : voices_)
        v.begin_series(version_, *v.line, time_ms);
    if (is_new_line(at, d)) {
        add_whole_line(d);
        return room::left;
    }
    for (auto& v : voices_) {
        for (const auto& sample : v.line->kind->samples)
            series_.expect(v.line->fingerprint_of(sample));
    }
    for (std::uint32_t field = 0; field < line_.units; ++field) {
        if (at.first_unit + field < from) {
            // Before the place where the request begins: it was sent, so its series are taken.
            static_cast<void>(choose(field));
            continue;
        }
        auto result = add_unit(line_.values[field], field, d);
        if (result == taken::not_here) {
            d.out.end = {at.record, at.first_unit + field};
            return room::none;
        }
        if (field == 0 && !markers_.empty()) {
            write_markers(d);
            result = taken::yes;
            for (auto& v : voices_)
                v.begin_series(version_, *v.line, time_ms);
        }
        ++(result == taken::yes ? d.out.units : d.out.dropped);
    }
    return room::left;
}

void prometheus::leave_out(admission why, std::size_t units, draft& d) {
    (why == admission::after_end ? counters_.after_end : counters_.over_max_series).add(units);
    d.out.dropped += units;
}

// ---- what ends

void prometheus::note_end(const journal::lane& lane, const unit_place& at) {
    if (!line_.end || !options_.stale_markers) return;
    for (auto& v : voices_)
        v.names.table().end(*line_.end, lane, at);
}

/// The lines that end are the units of the event.
prometheus::room prometheus::add_event(line_place at, const journal::lane& lane, draft& d) {
    note_end(lane, at.in_journal);
    const auto from = at.record == d.from.record ? d.from.unit : 0;
    auto unit = at.first_unit;
    for (auto& v : voices_) {
        const auto* const ended = v.names.table().find(at.in_journal);
        if (ended == nullptr) continue;
        for (const auto& one : ended->series) {
            const auto place_of_it = unit++;
            if (place_of_it < from) continue;
            auto result = taken::not_here;
            if (address(*one.line->lane, d)) result = add_markers(v, one, ended->time_ms, d);
            if (result == taken::not_here) {
                d.out.end = {at.record, place_of_it};
                return room::none;
            }
            d.out.units += result == taken::yes ? 1 : 0;
        }
    }
    return room::left;
}

/// The ends that a line brings with it go with its first field.
prometheus::taken prometheus::choose_riders(const unit_place& at, draft& d) {
    auto all = taken::nothing;
    for (auto& v : voices_) {
        const auto* const ended = v.names.table().find(at);
        if (ended == nullptr) continue;
        for (const auto& one : ended->series) {
            const auto result = choose_markers(v, one, ended->time_ms, d);
            if (result == taken::not_here) return result;
            if (result == taken::yes) all = result;
        }
    }
    return all;
}

/// Notes all series of a line that end, or none of them; markers_ gain those that were not there.
prometheus::taken prometheus::choose_markers(voice& v, const ended_series& of, std::int64_t time_ms,
                                             draft& d) {
    if (d.out.units == d.units_max || !series_.begin(time_ms)) return taken::not_here;
    held_.unfold_all();
    v.begin_series(version_, *of.line, time_ms);
    auto& kind = *of.line->kind;
    const auto had = markers_.size();
    auto size = request_.size();
    for (const auto i : of.samples) {
        auto& sample = kind.samples[i];
        const auto seen = series_.add(of.line->fingerprint_of(sample));
        if (seen == request_series::seen::other_time) return taken::not_here;
        if (seen == request_series::seen::same_time) continue;
        markers_.push_back({&v, of.line.get(), &sample, time_ms});
        size += request_.size_of(v.series_of(sample), *sample.metric, kind.extra_of(sample));
    }
    if (size > options_.body_bytes_max.bytes) {
        markers_.resize(had);
        return oversize(d);
    }
    return markers_.size() == had ? taken::nothing : taken::yes;
}

void prometheus::write_markers(draft& d) {
    const known_line* last = nullptr;
    for (const auto& [of, line, sample, time_ms] : markers_) {
        if (std::exchange(last, line) != line) of->begin_series(version_, *line, time_ms);
        request_.add(of->series_of(*sample), *sample->metric, line->kind->extra_of(*sample),
                     stale_marker);
    }
    counters_.stale_markers.add(markers_.size());
    d.out.points += markers_.size();
    markers_.clear();
}

/// All series of a line that end, or none of them.
prometheus::taken prometheus::add_markers(voice& v, const ended_series& of, std::int64_t time_ms,
                                          draft& d) {
    markers_.clear();
    const auto result = choose_markers(v, of, time_ms, d);
    if (result == taken::yes) write_markers(d);
    return result;
}

// ---- samples

void prometheus::voice::begin_series(remote_write_version version, const known_line& of,
                                     std::int64_t time_ms) {
    const auto& more = of.more_labels;
    if (series.size() <= more.size()) series.resize(more.size() + 1);
    series[0].begin(version, of.labels.block, time_ms);
    for (std::size_t i = 0; i < more.size(); ++i)
        series[i + 1].begin(version, more[i].block, time_ms);
}

/// Which of the line's claims are another line's to make, a bit for each.
std::uint8_t prometheus::unheard(const known_line& line, const unit_place& at) {
    const auto time_ns = line_.time_ns;
    unsigned bits = 0;
    for (std::size_t i = 0; i < line.claims.size(); ++i) {
        const auto& [what, speaker, rank, silence_seconds] = line.claims[i];
        const sole_speakers::voice of{speaker, rank, silence_seconds * std::int64_t{1'000'000'000}};
        if (!speakers_.hears(what, of, at, time_ns)) bits |= 1U << i;
    }
    return static_cast<std::uint8_t>(bits);
}

/// Names the line's samples, and notes that it has spoken.
prometheus::admission prometheus::begin_line(const unit_place& at) {
    std::size_t samples = 0;
    const auto time_ms = milliseconds(line_.time_ns);
    for (auto& v : voices_) {
        if (!line_.is_known) v.line = &v.names.find(*lines_.point(), lines_.series_key());
        if (v.line->life.is_quiet(at, time_ms)) return admission::after_end;
        samples += v.line->kind->samples.size();
        counters_.duplicate_labels.add(v.line->duplicate_labels);
    }
    auto& line = *voices_.front().line;
    if (line.admitted != budget_.round()) {
        if (!budget_.admit(line.fingerprint, samples)) return admission::over_max_series;
        line.admitted = budget_.round();
    }
    for (auto& v : voices_) {
        v.unheard = v.line->claims.empty() ? 0 : unheard(*v.line, at);
        note_spoken(v, at);
    }
    return admission::yes;
}

void prometheus::note_spoken(voice& v, const unit_place& at) {
    auto& line = *v.line;
    if (!options_.stale_markers) return;
    if (!line.is_kept) return counters_.unkept_lines.add();
    if (at <= line.life.seen) return;  // the request is made again
    auto* const renewed = line_.is_known ? nullptr : v.names.renewed();
    if (renewed != nullptr || line.life.may_take_over || !line.claims.empty()) {
        v.names.table().speak(line, renewed, v.unheard, at, line_.time_ns);
    }
    line.life.seen = at;
    line.life.last_ns = std::max(line.life.last_ns, line_.time_ns);
}

/// Whether the whole line has room in the request and none of its series is there, as is known
/// without a look at each of them.
bool prometheus::is_new_line(line_place at, const draft& d) {
    if (voices_.size() != 1) return false;
    const auto& v = voices_.front();
    const auto& line = *v.line;
    if (line.owner == nullptr || v.names.conflicts() != conflicts_) {
        conflicts_ = v.names.conflicts();
        held_.unfold_all();
    }
    const auto& kind = *line.kind;
    const bool is_whole = at.record != d.from.record || at.first_unit >= d.from.unit;
    const auto size =
        request_.size_of_line(v.series.front(), kind.samples.size(), kind.label_bytes);
    const bool fits = line_.units <= d.units_max - d.out.units &&
                      request_.size() + size <= options_.body_bytes_max.bytes;
    return held_.add(line, is_whole && fits && line.is_plain() && kind.has_distinct_samples &&
                               line.owner != nullptr && line.owner->is_alone);
}

void prometheus::add_whole_line(draft& d) {
    auto& v = voices_.front();
    auto& series = v.series.front();
    auto& kind = *v.line->kind;
    for (auto& sample : kind.samples) {
        request_.add(series, *sample.metric, kind.extra_of(sample),
                     sample.value_of(line_.values[sample.field]));
    }
    const auto without = kind.fields() - kind.fields_with_samples;
    counters_.without_sample.add(without);
    d.out.dropped += without;
    d.out.units += kind.fields_with_samples;
    d.out.points += kind.samples.size();
}

/// Notes all samples of one field in the request's series; chosen_ are those that were not there.
/// @returns false where one of them is there at another time
bool prometheus::choose(std::uint32_t field) {
    chosen_.clear();
    left_out_ = 0;
    unheard_ = 0;
    for (auto& v : voices_) {
        auto& kind = *v.line->kind;
        for (auto& sample : kind.samples_of(field)) {
            if (!v.is_heard(sample)) {
                ++unheard_;
                continue;
            }
            const auto seen = series_.add(v.line->fingerprint_of(sample));
            if (seen == request_series::seen::other_time) return false;
            if (seen == request_series::seen::never) {
                chosen_.push_back({&v, &sample, kind.extra_of(sample)});
            } else {
                ++left_out_;
            }
        }
    }
    return true;
}

/// The fast path of add_unit(), for a field of one plain sample: nearly all are.
prometheus::taken prometheus::add_only(double value, line_kind::sample& sample, draft& d) {
    auto& v = voices_.front();
    const auto seen = series_.add(v.line->labels.fingerprint + sample.fingerprint);
    if (seen == request_series::seen::other_time) return taken::not_here;
    if (seen == request_series::seen::same_time) {
        counters_.same_series.add();
        return taken::nothing;
    }
    auto& series = v.series.front();
    const auto size = request_.size_of(series, *sample.metric, nullptr);
    if (request_.size() + size > options_.body_bytes_max.bytes) return oversize(d);
    request_.add(series, *sample.metric, nullptr, sample.value_of(value));
    ++d.out.points;
    return taken::yes;
}

/// What becomes of a unit for which the request has no room.
prometheus::taken prometheus::oversize(const draft& d) {
    if (d.out.units != 0) return taken::not_here;
    counters_.oversize.add();
    return taken::nothing;
}

/// All samples of one field, or none of them.
prometheus::taken prometheus::add_unit(double value, std::uint32_t field, draft& d) {
    if (d.out.units == d.units_max) return taken::not_here;
    if (voices_.size() == 1) {
        const auto samples = voices_.front().line->kind->samples_of(field);
        if (samples.size() == 1 && samples[0].is_plain()) return add_only(value, samples[0], d);
    }
    if (!choose(field)) return taken::not_here;
    auto size = request_.size();
    for (const auto& [v, sample, extra] : chosen_)
        size += request_.size_of(v->series_of(*sample), *sample->metric, extra);
    if (size > options_.body_bytes_max.bytes) return oversize(d);
    for (const auto& [v, sample, extra] : chosen_)
        request_.add(v->series_of(*sample), *sample->metric, extra, sample->value_of(value));
    counters_.same_series.add(left_out_);
    counters_.said_by_another.add(unheard_);
    if (chosen_.empty() && left_out_ + unheard_ == 0) counters_.without_sample.add();
    d.out.points += chosen_.size();
    return chosen_.empty() ? taken::nothing : taken::yes;
}

verdict prometheus::judge(const http_response& response) const {
    verdict out;
    const bool is_success = response.status >= 200 && response.status < 300;
    if (!is_success) out.detail = store_words(response);  // a success's body is not looked at
    if (version_ == remote_write_version::v1) {
        std::tie(out.kind, out.reason) = remote_write_meaning(response.status, out.detail);
    } else {
        judge_2(response, out);
    }
    const bool comes_back = out.kind == verdict_kind::later || out.kind == verdict_kind::fault;
    if (comes_back) out.retry_after = retry_after(response);
    return out;
}

void prometheus::judge_2(const http_response& response, verdict& out) const {
    const auto written = written_by(response);
    const bool may_fall_back = options_.version == remote_write_choice::negotiated;
    std::tie(out.kind, out.reason) =
        remote_write_2_meaning(response.status, out.detail, written, may_fall_back);
    const bool is_taken =
        out.kind == verdict_kind::delivered || out.kind == verdict_kind::rest_stored;
    if (is_taken) out.stored = written.samples;
    if (out.kind == verdict_kind::unsupported && out.detail.empty()) {
        out.detail = "it does not say what it has written: it does not speak remote write 2.0";
    }
}

std::optional<http_request> prometheus::probe() const {
    auto request = request_for(last_lane_);
    request.body = version_ == remote_write_version::v1
                       ? std::string(protocol::snappy_block().compress({}))
                       : std::string(protocol::write_request_2().body());
    return request;
}

verdict prometheus::judge_probe(const http_response& response) const {
    if (response.status / 100 != 2) return judge(response);
    verdict healthy;
    healthy.kind = verdict_kind::delivered;
    return healthy;
}

bool prometheus::adapts_to(const http_response& response) {
    if (options_.version != remote_write_choice::negotiated) return false;
    if (version_ == remote_write_version::v1) return false;
    if (judge(response).kind != verdict_kind::unsupported) return false;
    version_ = remote_write_version::v1;
    fixed_headers_ = headers_of(options_, version_);
    return true;
}

std::optional<http_request> prometheus::aside(steady_time now) {
    if (version_ == remote_write_version::v2) return {};  // they stand beside the samples
    auto request = request_for(last_lane_);
    const auto due = news_.due(request.headers, metadata_.met(), now);
    if (due.empty()) return {};
    std::string message;
    for (const auto* const one : due)
        protocol::append_metadata(message, *one);
    request.body = protocol::snappy_block().compress(message);
    return request;
}

}  // namespace relay::sinks
