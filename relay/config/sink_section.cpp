// [[sink]].
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"
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

void read_auth(const section& sink, credentials& into) {
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
void read_headers(const section& sink, std::vector<std::pair<std::string, secret>>& into) {
    const auto* const from = sink.find("headers");
    if (from == nullptr) return;
    if (from->kind != value_kind::table) return sink.error("headers", "`headers` is a table");
    for (const auto& [name, where, text] : from->entries) {
        const bool token = std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_';
        });
        auto& errors = sink.reading().found;
        if (!token || name.empty()) {
            errors.error(where, fmt::format("`{}` is no header's name", printable(name, 64)));
        } else if (text.kind != value_kind::string) {
            if (auto one = sink.read_secret(text)) into.emplace_back(name, std::move(*one));
        } else if (text.string.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            errors.error(text.where, "a header is one line");
        } else if (text.string.find('{') != std::string::npos) {
            errors.error(text.where, "placeholders in headers are not available in this version");
        } else {
            into.emplace_back(name, secret(text.string));
        }
    }
}

void read_tls(const section& sink, http::tls_options& into) {
    const auto from = sink.table("tls");
    if (!from) return;
    from->read("ca", into.ca);
    from->read("certificate", into.certificate);
    from->read("key", into.key);
    from->read("public_key", into.pinned_public_key);
    bool verify = true;
    from->read("verify", verify);
    into.verify = verify ? http::server_check::full : http::server_check::none;
    if (!verify && into.pinned_public_key.empty()) {
        from->warning("verify",
                      "the store's certificate is not checked: anyone between may read "
                      "the token");
    }
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
    if (const auto valid = check_url(into.proxy); !valid) {
        from.error("proxy", fmt::format("proxy: {}", valid.error()));
    }
}

void read_only(const section& sink, const settings& all, sink_settings& into) {
    const auto from = sink.table("only");
    if (!from) return;
    from->read("cluster", into.only_clusters);
    from->read("bucket", into.only_buckets);
    for (const auto& name : into.only_clusters) {
        const auto named = [&](const auto& rule) { return rule.name == name; };
        if (std::ranges::any_of(all.clusters, named)) continue;
        from->error("cluster", fmt::format("no [[cluster]] is named \"{}\"", printable(name)));
    }
}

void refuse_keys_of(const section& from, std::initializer_list<std::string_view> keys,
                    std::string_view type) {
    for (const auto key : keys) {
        if (!from.has(key)) continue;
        from.error(key, fmt::format("`{}` belongs to a sink of type \"{}\"", key, type));
    }
}

/// What stands in braces is filled in per lane; anything else in braces is a typing mistake.
void check_placeholders(const section& from, std::string_view key, std::string_view text) {
    for (auto open = text.find('{'); open != std::string_view::npos;) {
        const auto close = text.find('}', open);
        const auto name =
            text.substr(open, close == std::string_view::npos ? close : close - open + 1);
        if (name == "{tenant}") {
            from.error(key, "{tenant} is not available in this version");
        } else if (name != "{bucket}" && name != "{cluster}") {
            from.error(key, fmt::format("`{}` may hold {{bucket}} and {{cluster}} only", key));
        }
        open = text.find('{', open + 1);
    }
}

void read_influxdb(const section& from, sink_settings& into) {
    refuse_keys_of(from, {"naming", "external_labels", "max_series"}, "prometheus");
    std::string api = "v2";
    from.read("api", api);
    if (api == "v1" || api == "v3") {
        from.error("api", fmt::format("api = \"{}\" is not available in this version", api));
    } else if (api != "v2") {
        from.error("api", "`api` is \"v2\"");
    }
    from.read("org", into.org);
    if (!from.has("bucket")) from.error("bucket", "`bucket` is missing");
    from.read("bucket", into.bucket);
    check_placeholders(from, "bucket", into.bucket);
}

void check_naming(const section& from) {
    std::vector<std::string> names;
    from.read("naming", names);
    for (const auto& name : names) {
        if (name == "measurement_field") continue;
        if (name == "proxmox" || name == "pve-exporter") {
            from.error("naming",
                       fmt::format("naming \"{}\" is not available in this version", name));
        } else {
            from.error("naming", fmt::format("unknown naming \"{}\": it is \"measurement_field\"",
                                             printable(name, 64)));
        }
    }
    if (from.has("naming") && names.empty()) from.error("naming", "`naming` is an empty list");
}

bool is_label_name(std::string_view name) {
    const auto letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    const auto letter_or_digit = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && letter(name.front()) && !name.starts_with("__") &&
           std::ranges::all_of(name, letter_or_digit);
}

void read_prometheus(const section& from, sink_settings& into) {
    refuse_keys_of(from, {"api", "org", "bucket"}, "influxdb");
    check_naming(from);
    from.read("external_labels", into.external_labels);
    for (const auto& [name, text] : into.external_labels) {
        if (is_label_name(name)) continue;
        from.error("external_labels",
                   fmt::format("`{}` is no name of a label", printable(name, 64)));
    }
    from.read("max_series", into.max_series, {1000, 1'000'000'000});
}

void read_retries(const section& from, sink_settings& into) {
    using journal::start_at;
    from.read("start", into.start, {{"now", start_at::now}, {"oldest", start_at::oldest}});
    from.read("backoff_first", into.backoff.first, {10ms, 1h});
    from.read("backoff_max", into.backoff.most, {10ms, 1h});
    from.read("retry_after_max", into.retry_after_max, {1s, 24h});
    if (into.backoff.first > into.backoff.most) {
        from.error("backoff_first", "`backoff_first` is larger than `backoff_max`");
    }
}

sink_settings read_sink(const section& from, const settings& all) {
    sink_settings sink;
    from.read("name", sink.name);
    check_name(from, all.sinks, sink.name);
    if (!from.has("type")) from.error("type", "`type` is missing: \"influxdb\" or \"prometheus\"");
    from.read("type", sink.type,
              {{"influxdb", sink_type::influxdb}, {"prometheus", sink_type::prometheus}});
    read_url(from, sink.url);
    read_auth(from, sink.auth);
    read_headers(from, sink.headers);
    read_target(from, sink.target);
    read_only(from, all, sink);
    read_retries(from, sink);
    if (sink.type == sink_type::influxdb) read_influxdb(from, sink);
    if (sink.type == sink_type::prometheus) read_prometheus(from, sink);
    return sink;
}

}  // namespace

void read_sinks(const section& root, settings& into) {
    for (const auto& from : root.tables("sink")) {
        auto sink = read_sink(from, into);
        into.sinks.push_back(std::move(sink));
    }
    if (!root.has("sink")) {
        root.warning("sink", "no [[sink]]: what arrives is kept in the journal and sent nowhere");
    }
}

}  // namespace relay::config
