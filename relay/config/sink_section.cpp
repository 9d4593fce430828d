// [[sink]] and [delivery].
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"
#include "relay/config/tls_proof.hpp"
#include "relay/config/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace relay::config {
namespace {

using namespace std::chrono_literals;

void check_name(const section& from, const std::vector<sink_settings>& before,
                const std::string& name) {
    if (name.empty()) return from.error("name", "`name` is missing: it names the sink's cursor");
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    // It becomes the name of a file and a label.
    if (name.size() > 64 || name.front() == '.' || !std::ranges::all_of(name, is_plain)) {
        return from.error("name",
                          "a sink's name is at most 64 letters, digits, - _ and ., and "
                          "does not begin with a dot");
    }
    const auto same = [&](const auto& other) { return other.name == name; };
    if (std::ranges::any_of(before, same)) {
        from.error("name",
                   fmt::format("a second sink named \"{}\": they would share one cursor", name));
    }
}

void read_url(const section& from, std::string& into) {
    if (!from.has("url")) return from.error("url", "`url` is missing");
    from.read("url", into);
    if (into.empty()) return;
    if (const auto valid = check_url(into); !valid) from.error("url", valid.error());
}

void read_auth(const section& sink, sinks::store_auth& into) {
    const auto from = sink.table("auth");
    if (!from) return;
    from->read("token", into.token);
    from->read("user", into.user);
    from->read("password", into.password);
    if (from->has("token") && (from->has("user") || from->has("password"))) {
        sink.error("auth", "`auth` has either a token, or a user and a password");
    } else if (from->has("user") != from->has("password")) {
        sink.error("auth", "`user` and `password` go together");
    }
}

/// A header's value is a string or a secret.
void read_headers(const section& sink, std::vector<sinks::custom_header>& into) {
    const auto* const from = sink.find("headers");
    if (from == nullptr) return;
    if (from->kind != value_kind::table) return sink.error("headers", "`headers` is a table");
    for (const auto& [name, where, text] : from->entries) {
        if (text.kind == value_kind::string) {
            into.push_back({name, secret(text.string)});
        } else if (auto one = sink.read_secret(text)) {
            into.push_back({name, std::move(*one)});
        }
    }
}

void read_tls(const section& sink, http::tls_options& into) {
    const auto from = sink.table("tls");
    if (!from) return;
    from->read("certificate", into.certificate);
    from->read("key", into.key);
    from->read("public_key", into.pinned_public_key);
    read_proof(sink, *from, "the store", into);
    if (into.certificate.empty() != into.key.empty()) {
        sink.error("tls", "`certificate` and `key` go together");
    }
    if (!into.pinned_public_key.empty() && !into.pinned_public_key.starts_with("sha256//")) {
        from->error("public_key", "`public_key` begins with sha256//");
    }
}

void read_target(const section& from, http::http_target& into) {
    read_tls(from, into.tls);
    from.read("timeout", into.timeout, {100ms, 10min});
    from.read("connect_timeout", into.connect_timeout, {100ms, 10min});
    from.read("proxy", into.proxy);
    if (into.proxy.empty()) return;
    check_proxy(from, into.proxy, into.tls);
}

/// A list in which "" is a name, unlike elsewhere: of the lines of no tenant, or without an object.
const std::vector<value>* find_names_or_none(const section& from, std::string_view key) {
    const auto* const found = from.find(key);
    if (found == nullptr) return nullptr;
    const auto is_string = [](const auto& item) { return item.kind == value_kind::string; };
    if (found->kind == value_kind::array && std::ranges::all_of(found->items, is_string)) {
        return &found->items;
    }
    from.error(key, fmt::format("`{}` is a list of strings", key));
    return nullptr;
}

void read_only_tenants(const section& from, const settings& all, std::vector<std::string>& into) {
    const auto* const names = find_names_or_none(from, "tenant");
    if (names == nullptr) return;
    for (const auto& item : *names) {
        const auto named = [&](const auto& rule) { return rule.name == item.string; };
        if (!item.string.empty() && std::ranges::none_of(all.ingest.tenants, named)) {
            from.reading().found.error(
                item.where, fmt::format("no [[tenant]] is named \"{}\"", printable(item.string)));
        }
        into.push_back(item.string);
    }
}

void read_only(const section& sink, const settings& all, sinks::lane_filter& into) {
    const auto from = sink.table("only");
    if (!from) return;
    from->read("cluster", into.clusters);
    from->read("bucket", into.buckets);
    read_only_tenants(*from, all, into.tenants);
    for (const auto& name : into.clusters) {
        if (may_have_cluster(all, name)) continue;
        from->error("cluster", fmt::format("no [[cluster]] is named \"{}\"", printable(name)));
    }
}

void read_only_lines(const section& sink, sinks::line_filter& into) {
    const auto from = sink.table("only");
    if (!from) return;
    from->read("measurement", into.measurements);
    const auto* const objects = find_names_or_none(*from, "object");
    if (objects == nullptr) return;
    for (const auto& item : *objects)
        into.objects.push_back(item.string);
}

void refuse_keys_of(const section& from, std::initializer_list<std::string_view> keys,
                    std::string_view type) {
    for (const auto key : keys) {
        if (!from.has(key)) continue;
        from.error(key, fmt::format("`{}` belongs to a sink of type \"{}\"", key, type));
    }
}

/// What both kinds of store are asked the same way.
template <class Options>
void read_access(const section& from, const settings& all, Options& into) {
    read_url(from, into.url);
    read_auth(from, into.auth);
    read_headers(from, into.headers);
    read_only(from, all, into.only);
}

/// A bucket in a section for InfluxDB 1 is a section that was meant for another one.
void refuse_keys_of_other_apis(const section& from, sinks::influxdb_api api) {
    using enum sinks::influxdb_api;
    struct rule {
        std::string_view key;
        std::vector<sinks::influxdb_api> apis;
        std::string_view instead;
    };
    const rule rules[] = {
        {"org", {v2}, "there are no organisations"},
        {"bucket", {v2}, "there it is `database`"},
        {"database", {v1, v3}, "there it is `bucket`"},
        {"retention_policy", {v1}, "there it belongs to the bucket or the table"},
        {"members_max", {v1, v2}, "there a request is one member"},
    };
    for (const auto& [key, apis, instead] : rules) {
        if (!from.has(key) || std::ranges::find(apis, api) != apis.end()) continue;
        from.error(key, fmt::format("`{}` does not go with api = \"{}\": {}", key, to_string(api),
                                    instead));
    }
}

sinks::influxdb_options read_influxdb(const section& from, const settings& all) {
    sinks::influxdb_options into;
    refuse_keys_of(from,
                   {"naming", "unused_fields", "virtual_nics", "drop", "labels", "external_labels",
                    "remote_write", "metadata_interval", "stale_markers", "max_series",
                    "known_lines_bytes", "samples_per_request", "body_bytes_max"},
                   "prometheus");
    read_access(from, all, into);
    using sinks::influxdb_api;
    from.read("api", into.api,
              {{"v1", influxdb_api::v1}, {"v2", influxdb_api::v2}, {"v3", influxdb_api::v3}});
    refuse_keys_of_other_apis(from, into.api);
    from.read("org", into.org);
    from.read(into.api == influxdb_api::v2 ? "bucket" : "database", into.bucket);
    from.read("retention_policy", into.retention_policy);
    from.read("request_bytes_max", into.request_bytes_max, {64_KiB, 64_MiB});
    from.read("members_max", into.members_max, {1, 4096});
    from.read("text_bytes_max", into.text_bytes_max, {64_KiB, 256_MiB});
    using sinks::type_guard_mode;
    from.read("type_guard", into.guard,
              {{"off", type_guard_mode::off},
               {"coerce", type_guard_mode::coerce},
               {"divert", type_guard_mode::divert}});
    from.read("type_guard_fields", into.guarded_fields_max, {1, 1'000'000});
    return into;
}

std::vector<sinks::naming_kind> read_naming(const section& from) {
    using sinks::naming_kind;
    std::vector<std::string> names{"measurement_field"};
    from.read("naming", names);
    std::vector<naming_kind> kinds;
    for (const auto& name : names) {
        const auto kind = sinks::naming_of(name);
        if (!kind) {
            from.error("naming", fmt::format("unknown naming \"{}\": it is \"measurement_field\", "
                                             "\"proxmox\" or \"pve-exporter\"",
                                             printable(name, 64)));
        } else if (std::ranges::find(kinds, *kind) != kinds.end()) {
            from.error("naming", fmt::format("naming \"{}\" stands there twice", name));
        } else {
            kinds.push_back(*kind);
        }
    }
    return kinds;
}

void read_rules(const section& from, sinks::prometheus_options& into) {
    from.read("unused_fields", into.proxmox.unused_fields);
    from.read("virtual_nics", into.proxmox.virtual_nics);
    from.read("drop", into.rules.drop);
    if (from.has("labels")) from.read("labels", into.rules.labels.emplace());
}

sinks::prometheus_options read_prometheus(const section& from, const settings& all) {
    sinks::prometheus_options into;
    refuse_keys_of(from,
                   {"api", "org", "bucket", "database", "retention_policy", "request_bytes_max",
                    "members_max", "text_bytes_max", "type_guard", "type_guard_fields"},
                   "influxdb");
    read_access(from, all, into);
    into.naming = read_naming(from);
    read_rules(from, into);
    from.read("external_labels", into.external);
    using sinks::remote_write_choice;
    from.read("remote_write", into.version,
              {{"1.0", remote_write_choice::v1},
               {"2.0", remote_write_choice::v2},
               {"auto", remote_write_choice::negotiated}});
    from.read("metadata_interval", into.metadata_interval, {0s, 24h});
    from.read("stale_markers", into.stale_markers);
    from.read("max_series", into.max_series, {1000, 1'000'000'000});
    from.read("known_lines_bytes", into.known_lines_bytes, {byte_size{0}, 1_GiB});
    from.read("samples_per_request", into.samples_per_request, {1, 1'000'000});
    from.read("body_bytes_max", into.body_bytes_max, {64_KiB, 256_MiB});
    return into;
}

/// A point written twice or out of order is the same point to InfluxDB; Prometheus refuses it.
void read_replay(const section& from, sink_settings& into) {
    using delivery::replay_order;
    const bool any_order = std::holds_alternative<sinks::influxdb_options>(into.store);
    into.replay.order = any_order ? replay_order::live_first : replay_order::in_order;
    from.read("replay", into.replay.order,
              {{"in-order", replay_order::in_order}, {"live-first", replay_order::live_first}});
    from.read("replay_rate", into.replay.rate, {byte_size{0}, 64_GiB});
    if (any_order || into.replay.order == replay_order::in_order) return;
    from.warning("replay",
                 "a Prometheus refuses the backlog that follows newer samples, unless its "
                 "out_of_order_time_window covers the outage");
}

/// What the sink itself finds wrong with its options, where reading them found nothing.
void check_store(const section& from, const sink_settings& sink, std::size_t errors_before) {
    if (from.reading().found.errors.size() != errors_before) return;
    const auto problem =
        std::visit([](const auto& options) { return find_problem(options); }, sink.store);
    if (problem) from.reading().found.error(from.where(), *problem);
}

bool has_destination(const sink_settings& sink, const journal::lane& lane) {
    return std::visit([&](const auto& store) { return sinks::has_destination(store, lane); },
                      sink.store);
}

const sinks::lane_filter& only_of(const sink_settings& sink) {
    return std::visit(
        [](const auto& store) -> const auto& { return store.only; }, sink.store);
}

/// Data that no sink takes leaves the journal unseen: what a file like this loses is said before.
void warn_of_untaken_datagrams(const section& from, const sink_settings& sink,
                               const settings& all) {
    const auto is_udp = [](const auto& one) { return one.kind == listen::listen_kind::udp; };
    if (std::ranges::none_of(all.listeners, is_udp)) return;
    if (has_destination(sink, {.cluster = "any", .bucket = "", .tenant = "any"})) return;
    from.warning("bucket", fmt::format("lines that come over UDP name no bucket, and by {{bucket}} "
                                       "the sink \"{}\" takes none of them",
                                       printable(sink.name)));
}

void warn_of_lines_without_tenant(const section& from, const sink_settings& sink,
                                  const settings& all) {
    if (has_destination(sink, {.cluster = "any", .bucket = "any", .tenant = ""})) return;
    if (all.ingest.tenants.empty()) {
        from.warning("bucket", fmt::format("there is no [[tenant]], and by {{tenant}} the sink "
                                           "\"{}\" takes nothing",
                                           printable(sink.name)));
    } else if (only_of(sink).tenants.empty()) {
        from.warning("bucket",
                     fmt::format("nodes, storages and guests of no tenant have none, and by "
                                 "{{tenant}} the sink \"{}\" takes none of their lines",
                                 printable(sink.name)));
    }
}

sink_settings read_sink(const section& from, const settings& all) {
    const auto errors_before = from.reading().found.errors.size();
    sink_settings sink;
    from.read("name", sink.name);
    check_name(from, all.sinks, sink.name);
    enum class store { none, influxdb, prometheus } type = store::none;
    from.read("type", type, {{"influxdb", store::influxdb}, {"prometheus", store::prometheus}});
    if (!from.has("type")) from.error("type", "`type` is missing: \"influxdb\" or \"prometheus\"");
    if (type == store::influxdb) sink.store = read_influxdb(from, all);
    if (type == store::prometheus) sink.store = read_prometheus(from, all);
    read_only_lines(from, sink.only_lines);
    read_target(from, sink.target);
    using journal::start_at;
    from.read("start", sink.start, {{"now", start_at::now}, {"oldest", start_at::oldest}});
    read_replay(from, sink);
    check_store(from, sink, errors_before);
    if (from.reading().found.errors.size() != errors_before) return sink;
    warn_of_untaken_datagrams(from, sink, all);
    warn_of_lines_without_tenant(from, sink, all);
    return sink;
}

}  // namespace

void read_delivery(const section& root, settings& into) {
    const auto from = root.table("delivery");
    if (!from) return;
    auto& delivery = into.delivery;
    from->read("threads", into.delivery_threads, {1, 16});
    from->read("backoff_first", delivery.backoff.first, {10ms, 1h});
    from->read("backoff_max", delivery.backoff.most, {10ms, 1h});
    if (delivery.backoff.first > delivery.backoff.most) {
        from->error("backoff_first", "`backoff_first` is larger than `backoff_max`");
    }
    from->read("retry_after_max", delivery.retry_after_max, {1s, 24h});
    std::size_t fault_tries = static_cast<std::size_t>(delivery.fault_tries);
    from->read("fault_tries", fault_tries, {1, 1000});
    delivery.fault_tries = static_cast<int>(fault_tries);
    from->read("fault_pieces_max", delivery.fault_pieces_max, {2, 4096});
    from->read("search_requests_max", delivery.search_requests_max, {16, 100'000});
    from->read("search_requests_min", delivery.search_requests_min, {16, 100'000});
    from->read("read_records", delivery.read_records, {1, 4096});
    byte_size read_bytes{delivery.read_bytes};
    from->read("read_bytes", read_bytes, {1_MiB, 256_MiB});
    delivery.read_bytes = read_bytes.bytes;
    std::size_t probe_tries = static_cast<std::size_t>(delivery.probe_tries);
    from->read("probe_tries", probe_tries, {1, 1000});
    delivery.probe_tries = static_cast<int>(probe_tries);
    byte_size probe_body_min{delivery.probe_body_min};
    from->read("probe_body_min", probe_body_min, {byte_size{0}, 256_MiB});
    delivery.probe_body_min = probe_body_min.bytes;
    from->read("live_age_max", delivery.live_age_max, {1s, 24h});
    from->read("gather_time", delivery.gather_time, {0ms, 1s});
    from->read("log_interval", delivery.log_interval, {1s, 24h});
    from->read("reminder_interval", delivery.reminder_interval, {1s, 24h});
}

void read_sinks(const section& root, settings& into) {
    for (const auto& from : root.tables("sink")) {
        auto sink = read_sink(from, into);
        into.sinks.push_back(std::move(sink));
    }
    if (!root.has("sink")) {
        root.warning("sink", "no [[sink]]: what arrives is kept in the journal and sent nowhere");
    }
}

std::string_view type_of(const sink_settings& sink) noexcept {
    return std::holds_alternative<sinks::influxdb_options>(sink.store) ? "influxdb" : "prometheus";
}

const std::string& url_of(const sink_settings& sink) noexcept {
    return std::visit([](const auto& options) -> const std::string& { return options.url; },
                      sink.store);
}

}  // namespace relay::config
