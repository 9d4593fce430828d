// The stages keep plain numbers, which cost them nothing; here they get names.
#include "relay/ops/metrics.hpp"

#include "protocol/parse_error.hpp"
#include "relay/ops/dead_letter_metrics.hpp"
#include "relay/ops/metrics_page.hpp"
#include "relay/ops/presence_pages.hpp"
#include "relay/ops/topology_metrics.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

namespace relay::ops {
namespace {

using namespace metrics;

// ---- what arrives

const row<ingest::ingest_counters> ingest_rows[] = {
    {"lines_total", "Lines of line protocol that were taken", counted,
     [](const auto& c) { return number(c.lines); }},
    {"bytes_total", "Bytes of line protocol that arrived, inflated", counted,
     [](const auto& c) { return number(c.bytes); }},
    {"batches_total", "Batches handed to the journal", counted,
     [](const auto& c) { return number(c.batches); }},
    {"refused_lines_total", "Lines the journal did not take: its queue was full", counted,
     [](const auto& c) { return number(c.refused_lines); }},
    {"refused_batches_total", "Batches the journal did not take: its queue was full", counted,
     [](const auto& c) { return number(c.refused_batches); }},
};

const row<listen::listen_counters> http_rows[] = {
    {"http_connections_total", "Connections accepted", counted,
     [](const auto& c) { return number(c.connections); }},
    {"http_connections", "Connections open now", level,
     [](const auto& c) { return number(c.open_connections); }},
    {"http_refused_connections_total", "Connections beyond connections_max", counted,
     [](const auto& c) { return number(c.refused_connections); }},
    {"http_unauthorized_total", "Requests with a missing or wrong token", counted,
     [](const auto& c) { return number(c.unauthorized); }},
    {"http_timeouts_total", "Clients that were too slow", counted,
     [](const auto& c) { return number(c.timeouts); }},
    {"http_cut_short_total", "Requests whose client hung up before their end", counted,
     [](const auto& c) { return number(c.cut_short); }},
    {"http_tls_failures_total", "Connections on which TLS did not begin", counted,
     [](const auto& c) { return number(c.tls_failures); }},
    {"http_malformed_total", "Requests that are no HTTP", counted,
     [](const auto& c) { return number(c.malformed); }},
    {"http_over_budget_total", "Requests refused because bodies_bytes_max were in flight", counted,
     [](const auto& c) { return number(c.over_budget); }},
    {"http_body_bytes_total", "Bytes of bodies as they were sent", counted,
     [](const auto& c) { return number(c.body_bytes); }},
};

const row<listen::listen_counters> udp_rows[] = {
    {"udp_datagrams_total", "Datagrams received", counted,
     [](const auto& c) { return number(c.datagrams); }},
    {"udp_bytes_total", "Bytes of datagrams received", counted,
     [](const auto& c) { return number(c.datagram_bytes); }},
    {"udp_empty_total", "Datagrams of no length", counted,
     [](const auto& c) { return number(c.empty); }},
    {"udp_truncated_total", "Datagrams that were longer than a datagram can be", counted,
     [](const auto& c) { return number(c.truncated); }},
    {"udp_kernel_drops_total", "Datagrams lost because the receive buffer was full", counted,
     [](const auto& c) { return number(c.kernel_drops); }},
    {"udp_receive_buffer_bytes", "Receive buffer that the system gave", level,
     [](const auto& c) { return number(c.receive_buffer_bytes); }},
};

const row<listen::listen_counters> sender_rows[] = {
    {"refused_senders_total", "Requests and datagrams of senders that nothing allows", counted,
     [](const auto& c) { return number(c.refused); }},
};

labels labels_of(const observed_listener& listener) {
    const bool http = listener.kind == listen::listen_kind::http;
    return {{"listener", listener.address}, {"protocol", http ? "http" : "udp"}};
}

template <class Source, class Rows, class Select>
void add_listener_rows(page& to, const observed& relay, const Rows& rows, Select select) {
    for (const row<Source>& each : rows) {
        auto& family = to.family(each.name, each.help, each.type);
        for (const auto& listener : relay.listeners) {
            if (const Source* source = select(listener)) {
                add(family, labels_of(listener), each.read(*source));
            }
        }
    }
}

void add_rejected(page& to, const observed& relay) {
    auto& family = to.family("rejected_lines_total", "Lines that were refused, by reason", counted);
    for (const auto& listener : relay.listeners) {
        const auto add_reason = [&](std::string_view reason, const shared_counter& lines) {
            if (lines.value() == 0) return;
            auto with = labels_of(listener);
            with.push_back({"reason", std::string(reason)});
            add(family, std::move(with), number(lines));
        };
        const auto& by = listener.ingest->rejected_by;
        for (std::size_t i = 0; i < std::size(by); ++i)
            add_reason(to_string(static_cast<protocol::parse_errc>(i)), by[i]);
        add_reason("timestamp too far ahead", listener.ingest->rejected_ahead);
    }
}

constexpr std::array<std::string_view, listen::route_count> route_names{
    "write_v2", "write_v1", "health", "ping", "ready", "query", "unknown"};

void add_requests(page& to, const observed& relay) {
    auto& family = to.family("http_requests_total", "Requests answered", counted);
    for (const auto& listener : relay.listeners) {
        for (std::size_t route = 0; route < listen::route_count; ++route) {
            for (std::size_t hundreds = 1; hundreds < 6; ++hundreds) {
                const auto& requests = listener.counters->requests[route][hundreds];
                if (requests.value() == 0) continue;
                auto with = labels_of(listener);
                with.push_back({"route", std::string(route_names[route])});
                with.push_back({"code", std::to_string(hundreds) + "xx"});
                add(family, std::move(with), number(requests));
            }
        }
    }
}

ClientMetric::Histogram histogram_of(const listen::answer_times& times) {
    ClientMetric::Histogram out;
    for (std::size_t i = 0; i < times.bounds.size(); ++i) {
        out.sample_count += times.count(i);
        const auto bound = std::chrono::duration<double>(times.bounds[i]).count();
        out.bucket.push_back({out.sample_count, bound});
    }
    out.sample_count += times.count(times.bounds.size());
    out.sample_sum = static_cast<double>(times.sum_us()) / 1e6;
    return out;
}

void add_answer_times(page& to, const observed& relay) {
    auto& family = to.family(
        "http_answer_seconds",
        "From the last byte of a request to the last of its answer; Proxmox VE gives up after 1 s",
        MetricType::Histogram);
    for (const auto& listener : relay.listeners) {
        if (listener.kind != listen::listen_kind::http) continue;
        auto& metric = family.metric.emplace_back();
        metric.label = labels_of(listener);
        metric.histogram = histogram_of(listener.counters->answers);
    }
}

const row<ingest::node_home_counters> home_rows[] = {
    {"two_cluster_pushes_total",
     "Bodies and datagrams of a node that sends as two clusters, at each turn", counted,
     [](const auto& c) { return number(c.two_clusters); }},
    {"stranger_pushes_total", "Bodies and datagrams of a node that its cluster's API does not have",
     counted, [](const auto& c) { return number(c.strangers); }},
};

void add_listeners(page& to, const observed& relay) {
    using counters = listen::listen_counters;
    const auto of_kind = [](listen::listen_kind kind) {
        return [kind](const observed_listener& l) { return l.kind == kind ? l.counters : nullptr; };
    };
    add_listener_rows<ingest::ingest_counters>(to, relay, ingest_rows,
                                               [](const auto& l) { return l.ingest; });
    add_rejected(to, relay);
    add_listener_rows<counters>(to, relay, http_rows, of_kind(listen::listen_kind::http));
    add_listener_rows<counters>(to, relay, udp_rows, of_kind(listen::listen_kind::udp));
    add_listener_rows<counters>(to, relay, sender_rows, [](const auto& l) { return l.counters; });
    add_requests(to, relay);
    add_answer_times(to, relay);
    if (relay.homes == nullptr) return;
    for (const auto& each : home_rows)
        add(to.family(each.name, each.help, each.type), {}, each.read(*relay.homes));
}

// ---- the journal

const row<journal::journal_counters> journal_rows[] = {
    {"journal_records_total", "Records written", counted,
     [](const auto& c) { return number(c.records); }},
    {"journal_points_total", "Points written", counted,
     [](const auto& c) { return number(c.points); }},
    {"journal_text_bytes_total", "Bytes of line protocol written, before compression", counted,
     [](const auto& c) { return number(c.text_bytes); }},
    {"journal_written_bytes_total", "Bytes written, compressed", counted,
     [](const auto& c) { return number(c.member_bytes); }},
    {"journal_syncs_total", "Times the disk was asked to make it durable", counted,
     [](const auto& c) { return number(c.syncs); }},
    {"journal_sync_errors_total", "Syncs that failed", counted,
     [](const auto& c) { return number(c.sync_errors); }},
    {"journal_write_errors_total", "Writes that failed", counted,
     [](const auto& c) { return number(c.write_errors); }},
    {"journal_damaged_bytes_total", "Bytes found damaged and set aside", counted,
     [](const auto& c) { return number(c.damaged_bytes); }},
    {"journal_damaged_places_total", "Places found damaged", counted,
     [](const auto& c) { return number(c.damaged_places); }},
    {"journal_deleted_segments_total", "Segments deleted", counted,
     [](const auto& c) { return number(c.deleted_segments); }},
    {"journal_bytes", "Bytes on disk", level, [](const auto& c) { return number(c.bytes); }},
    {"journal_segments", "Segments on disk", level,
     [](const auto& c) { return number(c.segments); }},
    {"journal_newest_sequence", "Sequence of the last record written", level,
     [](const auto& c) { return number(c.newest_sequence); }},
    {"journal_queued_bytes", "Bytes that wait to be written", level,
     [](const auto& c) { return number(c.queued_bytes); }},
    {"journal_tail_bytes", "Bytes of the newest records kept in memory", level,
     [](const auto& c) { return number(c.tail_bytes); }},
    {"journal_last_sync_seconds", "How long the last sync took", level,
     [](const auto& c) { return number(c.last_sync_us) / 1e6; }},
    {"journal_longest_sync_seconds", "How long the longest sync took", level,
     [](const auto& c) { return number(c.longest_sync_us) / 1e6; }},
    {"journal_memory_only", "1 while the disk takes nothing", level,
     [](const auto& c) { return number(c.memory_only); }},
};

/// Seconds since a moment in wall time; 0 for "never" and for a clock that was set back.
double age(std::int64_t since_ns, wall_time now) {
    return since_ns == 0 ? 0 : std::max(0.0, seconds(unix_nanoseconds(now) - since_ns));
}

void add_outlook(page& to, const journal_outlook& outlook) {
    add(to.family("journal_written_bytes_per_second", "Growth of the last five minutes", level), {},
        number(outlook.bytes_per_second));
    add(to.family("journal_full_seconds",
                  "How long the journal lasts at that rate if no store takes anything", level),
        {}, number(outlook.seconds_until_full));
    add(to.family("journal_disk_free_bytes", "What the journal's file system still gives", level),
        {}, number(outlook.disk_free_bytes));
}

// Named as Prometheus names its own.
void add_reloads(page& to, const reload_counters& reloads) {
    add(to.family("config_last_reload_successful",
                  "1 while the configuration that was read last is in force", level),
        {}, number(reloads.successful));
    add(to.family("config_last_reload_success_timestamp_seconds",
                  "When a configuration was last taken up, the start included", level),
        {}, seconds(reloads.last_ns.value()));
    add(to.family("config_reloads_total", "SIGHUPs that read the configuration", counted), {},
        number(reloads.reloads));
    add(to.family("config_reload_failures_total", "SIGHUPs that left the old one in force",
                  counted),
        {}, number(reloads.failures));
}

void add_journal(page& to, const observed& relay, wall_time now) {
    for (const auto& each : journal_rows)
        add(to.family(each.name, each.help, each.type), {}, each.read(*relay.journal));
    add(to.family("journal_oldest_seconds", "Age of the oldest record", level), {},
        age(relay.journal->oldest_appended_ns.value(), now));
    add(to.family("journal_max_bytes", "Bytes on disk beyond which the oldest segment goes", level),
        {}, static_cast<double>(relay.journal_options->max_bytes.bytes));
    if (relay.outlook != nullptr) add_outlook(to, *relay.outlook);
}

// ---- the sinks

const row<delivery::delivery_counters> sink_rows[] = {
    {"sink_points_delivered_total", "Points that the store has", counted,
     [](const auto& c) { return number(c.points); }},
    {"sink_requests_total", "Requests answered, whatever the answer was", counted,
     [](const auto& c) { return number(c.requests); }},
    {"sink_sent_bytes_total", "Bytes of bodies handed to the network", counted,
     [](const auto& c) { return number(c.bytes); }},
    {"sink_adaptations_total", "Refusals after which the same points were written otherwise",
     counted, [](const auto& c) { return number(c.adaptations); }},
    {"sink_retries_total", "Requests sent again, byte for byte", counted,
     [](const auto& c) { return number(c.retries); }},
    {"sink_proofs_total", "Requests sent to tell a sick store from bad data", counted,
     [](const auto& c) { return number(c.proofs); }},
    {"sink_probes_total", "Requests sent only to ask a dead store whether it is back", counted,
     [](const auto& c) { return number(c.probes); }},
    {"sink_metadata_requests_total", "Requests that said what metrics mean", counted,
     [](const auto& c) { return number(c.asides); }},
    {"sink_metadata_refused_total", "Those of them that the store did not take", counted,
     [](const auto& c) { return number(c.asides_refused); }},
    {"sink_left_out_total", "Values that the sink's own rules leave out", counted,
     [](const auto& c) { return number(c.left_out); }},
    {"sink_skipped_records_total", "Records of lanes that the sink does not take", counted,
     [](const auto& c) { return number(c.skipped_records); }},
    {"sink_filtered_lines_total", "Lines that `only` leaves out of the records that it takes",
     counted, [](const auto& c) { return number(c.filtered_lines); }},
    {"sink_lost_records", "Records deleted or damaged before the sink had them", level,
     [](const auto& c) { return number(c.lost_records); }},
    {"sink_lag_bytes", "Bytes in the journal that wait for the sink, looked at once a second",
     level, [](const auto& c) { return number(c.behind_bytes); }},
    {"sink_delivered_sequence", "The store has every record up to this sequence", level,
     [](const auto& c) { return number(c.delivered_sequence); }},
    {"sink_owed_records", "Records of a backlog that is sent behind new data", level,
     [](const auto& c) { return number(c.owed_records); }},
    {"sink_owed_gaps", "Ranges of records that they lie in", level,
     [](const auto& c) { return number(c.owed_gaps); }},
    {"sink_last_success_timestamp_seconds", "When the store last took something; 0: never", level,
     [](const auto& c) { return seconds(c.last_success_ns.value()); }},
};

const row<sinks::prometheus_counters> series_rows[] = {
    {"sink_series", "Series sent in the last hour or two, as max_series counts them", level,
     [](const auto& c) { return number(c.series); }},
    {"sink_ending_lines", "Lines whose series will end when what they speak of does", level,
     [](const auto& c) { return number(c.ending_lines); }},
    {"sink_stale_markers_total", "Markers sent for series that ended", counted,
     [](const auto& c) { return number(c.stale_markers); }},
    {"sink_unkept_lines_total", "Lines beyond known_lines_bytes: their end will not be noticed",
     counted, [](const auto& c) { return number(c.unkept_lines); }},
    {"sink_after_end_total", "Values left out because they are not newer than their series' end",
     counted, [](const auto& c) { return number(c.after_end); }},
    {"sink_said_by_another_total", "Values left out because another line speaks of the same",
     counted, [](const auto& c) { return number(c.said_by_another); }},
    {"sink_over_max_series_total", "Values left out by max_series", counted,
     [](const auto& c) { return number(c.over_max_series); }},
    {"sink_same_series_total", "Values left out because their request holds the series already",
     counted, [](const auto& c) { return number(c.same_series); }},
};

labels labels_of(const observed_sink& sink) {
    return {{"sink", sink.name}, {"type", sink.type}};
}

void add_attempts(page& to, const observed& relay) {
    auto& family = to.family("sink_attempts_total", "Requests by what the answer meant", counted);
    for (const auto& sink : relay.sinks) {
        for (std::size_t i = 0; i < delivery::verdict_kinds; ++i) {
            auto with = labels_of(sink);
            const auto kind = static_cast<sinks::verdict_kind>(i);
            with.push_back({"verdict", std::string(delivery::to_string(kind))});
            add(family, std::move(with), number(sink.counters->by_verdict[i]));
        }
    }
}

using counts = locked<delivery::counts_by_reason> delivery::delivery_counters::*;

void add_by_reason(page& to, const observed& relay, counts member, std::string_view name,
                   std::string_view help) {
    auto& family = to.family(name, help, counted);
    for (const auto& sink : relay.sinks) {
        const auto by_reason = (sink.counters->*member).with([](const auto& all) { return all; });
        for (const auto& [reason, points] : by_reason) {
            auto with = labels_of(sink);
            with.push_back({"reason", reason});
            add(family, std::move(with), static_cast<double>(points));
        }
    }
}

struct guard_row {
    std::string_view name;
    std::string_view help;
    double (*read)(const sinks::guarded_fields&);
};

const guard_row guard_rows[] = {
    {"sink_coerced_values_total", "Values written as the type that the store has their field as",
     [](const auto& g) { return number(g.coerced); }},
    {"sink_diverted_values_total", "Values written under a name of their own, for their type",
     [](const auto& g) { return number(g.diverted); }},
    {"sink_unguarded_conflicts_total", "Type conflicts of fields beyond type_guard_fields",
     [](const auto& g) { return number(g.beyond_bound); }},
};

void add_guards(page& to, const observed& relay) {
    for (const auto& each : guard_rows) {
        auto& family = to.family(each.name, each.help, counted);
        for (const auto& sink : relay.sinks) {
            if (sink.guarded != nullptr) add(family, labels_of(sink), each.read(*sink.guarded));
        }
    }
}

void add_states(page& to, const observed& relay, wall_time now) {
    auto& state = to.family("sink_state", "1 for the state that the sink is in", level);
    for (const auto& sink : relay.sinks) {
        for (std::size_t i = 0; i < delivery::delivery_states; ++i) {
            const auto each = static_cast<delivery::delivery_state>(i);
            auto with = labels_of(sink);
            with.push_back({"state", std::string(to_string(each))});
            add(state, std::move(with), sink.counters->present_state() == each ? 1 : 0);
        }
    }
    auto& lag = to.family("sink_lag_seconds", "Age of the oldest record that waits", level);
    for (const auto& sink : relay.sinks)
        add(lag, labels_of(sink), age(sink.counters->oldest_waiting_ns.value(), now));
    auto& wait = to.family("sink_wait_seconds", "Until the next attempt; 0: does not wait", level);
    for (const auto& sink : relay.sinks) {
        const auto until = sink.counters->wait_until_ns.value();
        const auto left = until == 0 ? 0 : seconds(until - unix_nanoseconds(now));
        add(wait, labels_of(sink), std::max(0.0, left));
    }
}

void add_sinks(page& to, const observed& relay, wall_time now) {
    for (const auto& each : sink_rows) {
        auto& family = to.family(each.name, each.help, each.type);
        for (const auto& sink : relay.sinks)
            add(family, labels_of(sink), each.read(*sink.counters));
    }
    for (const auto& each : series_rows) {
        auto& family = to.family(each.name, each.help, each.type);
        for (const auto& sink : relay.sinks) {
            if (sink.series != nullptr) add(family, labels_of(sink), each.read(*sink.series));
        }
    }
    add_attempts(to, relay);
    add_by_reason(to, relay, &delivery::delivery_counters::dropped_by_reason,
                  "sink_dropped_points_total", "Points that the store will never take, by reason");
    add_by_reason(to, relay, &delivery::delivery_counters::lost_by_reason, "sink_lost_points_total",
                  "Points deleted or damaged before the sink had them, by reason");
    add_guards(to, relay);
    add_states(to, relay, now);
}

}  // namespace

std::string metrics_text(const observed& relay, wall_time now) {
    page all;
    add(all.family("build_info", "The version that runs", level),
        {{"version", relay.version}, {"compiler", relay.compiler}}, 1);
    add(all.family("start_time_seconds", "When it was started", level), {},
        seconds(unix_nanoseconds(relay.started)));
    add(all.family("ready", "1 while data can be answered as it should be", level), {},
        not_ready(relay) ? 0 : 1);
    if (relay.reloads != nullptr) add_reloads(all, *relay.reloads);
    add_listeners(all, relay);
    if (relay.journal != nullptr) add_journal(all, relay, now);
    if (relay.dead_letters != nullptr) add_dead_letters(all, *relay.dead_letters);
    add_sinks(all, relay, now);
    add_topology(all, relay, now);
    if (relay.presence != nullptr) add_presence(all, *relay.presence);
    return all.text();
}

}  // namespace relay::ops
