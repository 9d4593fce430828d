#include "relay/ops/status.hpp"

#include "relay/ops/presence_pages.hpp"
#include "relay/ops/topology_json.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iterator>

namespace relay::ops {
namespace {

namespace json = boost::json;

// A push every ten seconds: less is no lag.
constexpr std::int64_t lag_worth_a_word = 15;

/// "2025-08-21T14:21:10Z", or null for "never".
json::value time_text(std::int64_t unix_ns) {
    if (unix_ns == 0) return nullptr;
    const auto whole = static_cast<std::time_t>(unix_ns / 1'000'000'000);
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%FT%TZ", &parts);
    return json::string(text, length);
}

/// Whole seconds since then; 0 for "never" and for a clock that was set back. Not a double: JSON
/// would show 1.48E0.
std::int64_t age(std::int64_t since_ns, wall_time now) {
    const auto ns = unix_nanoseconds(now) - since_ns;
    return since_ns == 0 ? 0 : std::max<std::int64_t>(0, ns / 1'000'000'000);
}

json::object listener_json(const observed_listener& listener) {
    const auto& counters = *listener.counters;
    const bool http = listener.kind == listen::listen_kind::http;
    json::object out{{"address", listener.address},
                     {"type", http ? "http" : "udp"},
                     {"lines", listener.ingest->lines.value()},
                     {"rejected", listener.ingest->rejected.value()},
                     {"bytes", listener.ingest->bytes.value()},
                     {"refused_senders", counters.refused.value()}};
    if (http) {
        out["connections"] = counters.open_connections.value();
        out["unauthorized"] = counters.unauthorized.value();
    } else {
        out["datagrams"] = counters.datagrams.value();
        out["kernel_drops"] = counters.kernel_drops.value();
        out["receive_buffer_bytes"] = counters.receive_buffer_bytes.value();
    }
    return out;
}

json::object journal_json(const observed& relay, wall_time now) {
    const auto& counters = *relay.journal;
    return {{"directory", relay.journal_options->directory.string()},
            {"memory_only", counters.memory_only.value() != 0},
            {"bytes", counters.bytes.value()},
            {"max_bytes", relay.journal_options->max_bytes.bytes},
            {"segments", counters.segments.value()},
            {"oldest", time_text(counters.oldest_appended_ns.value())},
            {"oldest_seconds", age(counters.oldest_appended_ns.value(), now)},
            {"records", counters.records.value()},
            {"newest_sequence", counters.newest_sequence.value()},
            {"points", counters.points.value()},
            {"last_sync_us", counters.last_sync_us.value()},
            {"damaged_places", counters.damaged_places.value()}};
}

/// What the sink will never have, the latest incidents, the oldest first.
json::array losses_json(const delivery::delivery_counters& counters) {
    const auto losses = counters.losses.with([](const auto& all) { return all; });
    json::array out;
    for (const auto& one : losses.incidents()) {
        out.push_back({{"from", time_text(one.from_ns)},
                       {"to", time_text(one.to_ns)},
                       {"points", one.points},
                       {"reason", one.reason},
                       {"noted", time_text(one.noted_ns)}});
    }
    return out;
}

json::object dead_letters_json(const journal::dead_letter_counters& from) {
    std::uint64_t lines = 0;
    from.lines.with([&lines](const auto& all) {
        for (const auto& [of, count] : all)
            lines += count;
    });
    return {{"lines", lines},
            {"bytes", from.bytes.value()},
            {"files", from.files.value()},
            {"overflow", from.overflow.value()},
            {"lost", from.given_up.value()},
            {"deleted_lines", from.dropped_lines.value()}};
}

void add_outlook(json::object& to, const journal_outlook& outlook) {
    to["bytes_per_second"] = outlook.bytes_per_second.value();
    to["seconds_until_full"] = outlook.seconds_until_full.value();
    to["disk_free_bytes"] = outlook.disk_free_bytes.value();
}

json::object sink_figures(const observed_sink& sink, wall_time now) {
    const auto& counters = *sink.counters;
    const auto wait_ns = counters.wait_until_ns.value() - unix_nanoseconds(now);
    const auto wait = std::max<std::int64_t>(0, wait_ns / 1'000'000'000);
    return {{"name", sink.name},
            {"type", sink.type},
            {"state", std::string(to_string(counters.present_state()))},
            {"points_delivered", counters.points.value()},
            {"points_dropped", counters.dropped.value()},
            {"lines_filtered", counters.filtered_lines.value()},
            {"delivered_sequence", counters.delivered_sequence.value()},
            {"owed_records", counters.owed_records.value()},
            {"lost_records", counters.lost_records.value()},
            {"losses", losses_json(counters)},
            {"behind_bytes", counters.behind_bytes.value()},
            {"behind_seconds", age(counters.oldest_waiting_ns.value(), now)},
            {"wait_seconds", wait},
            {"last_success", time_text(counters.last_success_ns.value())},
            {"last_error", counters.last_error.with([](const auto& text) { return text; })}};
}

/// What a type guard has learnt of its databases.
json::array guarded_json(const sinks::guarded_fields& of) {
    const auto fields = of.fields.with([](const auto& all) { return all; });
    json::array out;
    for (const auto& [database, what, is_diverted] : fields) {
        out.push_back({{"database", database},
                       {"measurement", what.measurement},
                       {"field", what.field},
                       {"stored_as", std::string(sinks::to_string(what.stored))},
                       {"written", is_diverted ? "diverted" : "coerced"}});
    }
    return out;
}

json::object sink_json(const observed_sink& sink, wall_time now) {
    auto out = sink_figures(sink, now);
    if (sink.guarded != nullptr) out["guarded_fields"] = guarded_json(*sink.guarded);
    return out;
}

/// "2 h 3 min", "45 s".
std::string span_words(std::int64_t seconds) {
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min", seconds / 60);
    return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
}

std::string_view state_words(delivery::delivery_state state) {
    using enum delivery::delivery_state;
    switch (state) {
        case idle:
            return "has everything";
        case reading:
        case sending:
            return "is being sent to";
        case probing:
            return "is asked whether it is back";
        case pacing:
            return "has all that is new, its backlog comes at replay_rate";
        case proving:
            return "refused something, which is being looked into";
        case backing_off:
            return "does not take anything";
        case configuration:
            return "waits for you: its token, bucket, path or a proxy is wrong";
        case stopped:
            return "is stopped";
    }
    return "is in no state";
}

std::string sink_words(const observed_sink& sink, wall_time now) {
    const auto& counters = *sink.counters;
    std::string out(state_words(counters.present_state()));
    const auto behind = age(counters.oldest_waiting_ns.value(), now);
    if (behind < lag_worth_a_word) return out;
    const byte_size bytes{static_cast<std::uint64_t>(counters.behind_bytes.value())};
    return fmt::format("{}, {} behind ({})", out, span_words(behind), to_string(bytes));
}

json::object reload_json(const reload_counters& reloads) {
    return {{"successful", reloads.successful.value() != 0},
            {"last", time_text(reloads.last_ns.value())},
            {"count", reloads.reloads.value()},
            {"failed", reloads.failures.value()}};
}

}  // namespace

std::string status_json(const observed& relay, wall_time now) {
    const auto reason = not_ready(relay);
    json::object out{{"version", relay.version},
                     {"started", time_text(unix_nanoseconds(relay.started))},
                     {"ready", !reason},
                     {"not_ready", reason ? json::value(*reason) : json::value()}};
    if (relay.reloads != nullptr) out["config"] = reload_json(*relay.reloads);
    auto& listeners = out["listeners"].emplace_array();
    for (const auto& listener : relay.listeners)
        listeners.push_back(listener_json(listener));
    if (relay.journal != nullptr) {
        auto& journal = out["journal"] = journal_json(relay, now);
        if (relay.outlook != nullptr) add_outlook(journal.as_object(), *relay.outlook);
    }
    if (relay.dead_letters != nullptr) out["dead_letters"] = dead_letters_json(*relay.dead_letters);
    auto& sinks = out["sinks"].emplace_array();
    for (const auto& sink : relay.sinks)
        sinks.push_back(sink_json(sink, now));
    auto& clusters = out["clusters"].emplace_array();
    for (const auto& one : relay.clusters)
        clusters.push_back(cluster_json(relay, one, now));
    if (relay.presence != nullptr) out["presence"] = presence_json(*relay.presence);
    return json::serialize(out) + "\n";
}

std::string status_line(const observed& relay, wall_time now) {
    std::uint64_t lines = 0;
    for (const auto& listener : relay.listeners)
        lines += listener.ingest->lines.value();
    auto out = fmt::format("{} lines received", lines);
    for (const auto& sink : relay.sinks)
        fmt::format_to(std::back_inserter(out), "; {} {}", sink.name, sink_words(sink, now));
    if (relay.reloads != nullptr && relay.reloads->successful.value() == 0) {
        out += "; the configuration on disk was refused, see the log";
    }
    if (const auto reason = not_ready(relay)) out += "; not ready: " + *reason;
    return out;
}

}  // namespace relay::ops
