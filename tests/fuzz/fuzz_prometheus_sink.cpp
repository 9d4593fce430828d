// Any text as a record: whatever the Prometheus sink makes of it is what the specification allows,
// requests of any size together are the whole, and what it knows of lines changes nothing. In every
// naming.

#include "relay/base/check.hpp"
#include "sinks/prometheus.hpp"
#include "tests/support/remote_write_reader.hpp"

#include <snappy.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace relay;

bool is_name(std::string_view text, bool is_metric) {
    const auto fine = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || (is_metric && c == ':');
    };
    return !text.empty() && !(text[0] >= '0' && text[0] <= '9') && std::ranges::all_of(text, fine);
}

void check_series(const test_support::read_series& series) {
    RELAY_CHECK(series.samples.size() == 1 && !std::isnan(series.samples.front().value));
    RELAY_CHECK(is_name(series.label("__name__"), true));
    for (std::size_t i = 0; i < series.labels.size(); ++i) {
        const auto& [name, value] = series.labels[i];
        RELAY_CHECK(is_name(name, false) && !value.empty());
        RELAY_CHECK(name == "__name__" || !name.starts_with("__"));
        RELAY_CHECK(i == 0 || series.labels[i - 1].first < name);
    }
}

using namings = std::vector<sinks::naming_kind>;

sinks::prometheus_options options(byte_size known_lines, const namings& naming) {
    sinks::prometheus_options o;
    o.naming = naming;
    o.url = "http://localhost/";
    o.known_lines_bytes = known_lines;
    // Ends follow from what is known of lines, which the twin is to do without.
    o.stale_markers = false;
    return o;
}

/// The body but for snappy, whose elements may differ.
std::string message_of(const sinks::encoded& e) {
    std::string bytes;
    RELAY_CHECK(snappy::Uncompress(e.request.body.data(), e.request.body.size(), &bytes));
    return bytes;
}

/// Series and their times that requests of at most `units_max` carry.
std::set<std::string> samples_by(const std::vector<journal::record_ptr>& records,
                                 std::size_t units_max, const namings& naming) {
    sinks::prometheus sink(options(16_MiB, naming));
    sinks::prometheus forgetful(options({0}, naming));
    // Known lines are read another way: what all of them become, and who speaks of what several
    // say, is known in the second walk.
    for (auto* each : {&sink, &forgetful}) {
        for (sinks::place at; at.record < records.size();)
            at = each->encode(records, at, 10'000).end;
    }
    std::set<std::string> samples;
    for (sinks::place at; at.record < records.size();) {
        const auto e = sink.encode(records, at, units_max);
        RELAY_CHECK(e.end > at && e.units <= units_max);
        RELAY_CHECK(message_of(forgetful.encode(records, at, units_max)) == message_of(e));
        at = e.end;
        const auto request = test_support::read_remote_write_body(e.request.body);
        RELAY_CHECK(request && request->size() == e.points);
        std::set<std::string> seen;
        for (const auto& series : *request) {
            check_series(series);
            RELAY_CHECK(seen.insert(series.text()).second);
            samples.insert(series.text() + std::to_string(series.samples.front().time_ms));
        }
    }
    return samples;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    journal::record record;
    record.header.sequence = 1;
    record.header.lane.cluster = "lab";
    record.text.assign(reinterpret_cast<const char*>(data), size);
    const std::vector<journal::record_ptr> records{
        std::make_shared<const journal::record>(std::move(record))};
    // Where one request ends and the next begins decides what is repeated, never what is lost.
    using enum sinks::naming_kind;
    for (const auto& naming :
         {namings{measurement_field}, namings{proxmox}, namings{proxmox, pve_exporter}}) {
        RELAY_CHECK(samples_by(records, 3, naming) == samples_by(records, 10'000, naming));
    }
    return 0;
}
