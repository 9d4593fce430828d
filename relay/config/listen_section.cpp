// [[listen]] and [admin].
#include "relay/config/sections.hpp"

#include <fmt/format.h>

#include <utility>

namespace relay::config {
namespace {

using namespace std::chrono_literals;
using listen::listen_kind;

// Bounds of the bounds. Below the lower ones a whole Proxmox node could not push, above the upper
// ones the limit would be none.
constexpr range<std::chrono::milliseconds> waits{10ms, 1h};
// Proxmox VE gives up after 1 s and pvestatd stands still so long; an answer after that is none.
constexpr range<std::chrono::milliseconds> answer_waits{10ms, 900ms};

void read_access(const section& from, listen::listen_options& into) {
    from.read("tokens", into.tokens);
    from.read("allow", into.allow);
    from.read("open", into.open);
}

/// What is in the files, so that certificates that were renewed under their old names are new.
void read_tls(const section& listener, listen::tls_options& into) {
    const auto from = listener.table("tls");
    if (!from) return;
    for (const auto* const key : {"certificate", "key"}) {
        if (!from->has(key)) listener.error("tls", fmt::format("`{}` is missing", key));
    }
    from->read_pem("certificate", into.certificate);
    from->read_pem("key", into.key);
    from->read_pem("client_ca", into.client_ca);
    if (!into.enabled() || into.key.empty()) return;
    if (const auto usable = listen::tls_identity::make(into); !usable) {
        listener.error("tls", usable.error());
    }
}

void read_http_limits(const section& from, listen::http_limits& into) {
    from.read("head_bytes_max", into.head_bytes_max, {1_KiB, 1_MiB});
    from.read("body_bytes_max", into.body_bytes_max, {64_KiB, 1_GiB});
    from.read("bodies_bytes_max", into.bodies_bytes_max, {1_MiB, 64_GiB});
    from.read("inflate_ratio_max", into.inflate_ratio_max, {10, 2'000});
    from.read("inflate_free", into.inflate_free, {0_KiB, 64_MiB});
    from.read("connections_max", into.connections_max, {1, 1'000'000});
    from.read("head_wait", into.head_wait, waits);
    from.read("idle_wait", into.idle_wait, waits);
    from.read("body_wait", into.body_wait, waits);
    from.read("whole_wait", into.whole_wait, waits);
    from.read("write_wait", into.write_wait, waits);
    from.read("linger_wait", into.linger_wait, {0ms, 1min});
    from.read("answer_wait", into.answer_wait, answer_waits);
}

/// Keys that mean something to the other kind of listener only would be silently without effect.
void refuse_foreign_keys(const section& from, listen_kind kind) {
    static constexpr std::string_view of_http[] = {
        "buckets",          "threads",           "head_bytes_max", "body_bytes_max",
        "bodies_bytes_max", "inflate_ratio_max", "inflate_free",   "connections_max",
        "head_wait",        "idle_wait",         "body_wait",      "whole_wait",
        "write_wait",       "linger_wait",       "answer_wait",    "tls"};
    if (kind == listen_kind::http && from.has("receive_buffer")) {
        from.error("receive_buffer", "`receive_buffer` belongs to a listener of type \"udp\"");
    }
    if (kind == listen_kind::http) return;
    for (const auto key : of_http) {
        if (!from.has(key)) continue;
        from.error(key, fmt::format("`{}` belongs to a listener of type \"http\"", key));
    }
}

void validate(const section& from, const listen::listen_options& options,
              std::size_t errors_before) {
    // What could not be read is missing in the options: one mistake is told once.
    if (from.reading().found.errors.size() != errors_before) return;
    if (const auto valid = options.validate(); !valid) from.error("address", valid.error());
}

listen::listen_options read_listener(const section& from) {
    const auto errors_before = from.reading().found.errors.size();
    listen::listen_options options;
    if (!from.has("type")) from.error("type", "`type` is missing: \"http\" or \"udp\"");
    from.read("type", options.kind, {{"http", listen_kind::http}, {"udp", listen_kind::udp}});
    options.address = options.kind == listen_kind::http ? "[::]:8186" : "[::]:8189";
    from.read("address", options.address);
    read_access(from, options);
    from.read("cluster", options.cluster);
    from.read("buckets", options.buckets);
    read_tls(from, options.tls);
    from.read("threads", options.threads, {1, 64});
    from.read("receive_buffer", options.receive_buffer, {64_KiB, 1_GiB});
    read_http_limits(from, options.limits);
    refuse_foreign_keys(from, options.kind);
    validate(from, options, errors_before);
    return options;
}

}  // namespace

listen::listen_options default_admin() {
    listen::listen_options options;
    options.address = "127.0.0.1:8187";
    return options;
}

void read_listeners(const section& root, settings& into) {
    for (const auto& from : root.tables("listen"))
        into.listeners.push_back(read_listener(from));
    if (into.listeners.empty() && !root.has("listen")) {
        root.error("listen", "no [[listen]]: the relay would hear nothing");
    }
}

void read_admin(const section& root, settings& into) {
    const auto from = root.table("admin");
    if (!from) return;
    const auto errors_before = from->reading().found.errors.size();
    from->read("address", into.admin.address);
    read_access(*from, into.admin);
    read_tls(*from, into.admin.tls);
    validate(*from, into.admin, errors_before);
}

}  // namespace relay::config
