// `pverelay route`: where lines would go, and as what. Reads standard input, sends nothing.
#include "protocol/gzip_member.hpp"
#include "protocol/write_request_reader.hpp"
#include "relay/base/log.hpp"
#include "relay/base/rfc3339.hpp"
#include "relay/cli/commands.hpp"
#include "relay/cli/dry_run.hpp"
#include "relay/cli/settings_file.hpp"
#include "relay/config/secret_source.hpp"
#include "relay/make_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

namespace relay::cli {
namespace {

// More than a push of a large cluster; whoever has more has a relay to give it to.
constexpr std::size_t text_bytes_max = 16 << 20;
// Of one request: its size is bounded by the sinks' own options.
constexpr std::size_t request_text_bytes_max = 64 << 20;

int fail(std::string_view why) {
    fmt::print(stderr, "pverelay route: {}\n", why);
    return failure;
}

std::optional<std::string> read_input() {
    std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    if (text.size() > text_bytes_max) return {};
    return text;
}

const listen::listen_options* find_listener(const config::settings& all,
                                            const std::string& address) {
    const auto found = std::ranges::find_if(
        all.listeners, [&](const auto& one) { return address.empty() || one.address == address; });
    return found == all.listeners.end() ? nullptr : &*found;
}

/// @returns nothing after the reason was printed
std::optional<push_place> find_place(const config::settings& all, const route_arguments& chosen) {
    const auto* const listener = find_listener(all, chosen.listener);
    if (listener == nullptr) {
        fail(chosen.listener.empty()
                 ? "there is no [[listen]]"
                 : fmt::format("no [[listen]] has the address {}", printable(chosen.listener)));
        return {};
    }
    push_place place{.listener = listener,
                     .cluster = {},
                     .bucket = chosen.bucket,
                     .token = {},
                     .prefix = chosen.prefix,
                     .sender = chosen.sender};
    if (!place.is_http()) {
        place.bucket.clear();
        return place;
    }
    if (chosen.token_file.empty()) {
        if (!listener->tokens.empty()) place.token = listener->tokens.front().reveal();
        return place;
    }
    auto token =
        config::load_secret({config::secret_source::kind::file, chosen.token_file.string()});
    if (!token) {
        fail(token.error());
        return {};
    }
    place.token = token->value.reveal();
    return place;
}

/// What the door answers instead of reading on; empty: it reads.
std::string turned_away(const push_place& at) {
    const auto& door = *at.listener;
    const auto from = ip_address::parse(at.sender);
    const auto networks = listen::parse_networks(door.allow);
    if (!from) return fmt::format("{} is no address", printable(at.sender));
    if (networks && !networks->empty() && !listen::allowed(*networks, *from))
        return fmt::format("403: {} is not on the allow-list of {}", at.sender, door.address);
    const bool knows =
        std::ranges::any_of(door.tokens, [&](const secret& one) { return one.matches(at.token); });
    if (at.is_http() && !door.tokens.empty() && !knows)
        return fmt::format("401: the token is none of {}'s", door.address);
    return {};
}

void print_requests(const sinks::encoded& one, const sinks::influxdb_options& /*store*/) {
    fmt::print("  {} {}\n", one.request.method, one.request.url);
    std::string_view rest = one.request.body;
    std::string text;
    while (!rest.empty()) {
        const auto took = protocol::inflate_member(rest, request_text_bytes_max, text);
        if (!took) break;
        rest.remove_prefix(*took);
    }
    for (std::string_view lines = text; !lines.empty();) {
        const auto line = lines.substr(0, lines.find('\n'));
        fmt::print("    {}\n", line);
        lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    }
}

void print_requests(const sinks::encoded& one, const sinks::prometheus_options& /*store*/) {
    fmt::print("  {} {}\n", one.request.method, one.request.url);
    const auto samples = protocol::read_write_request(one.request.body);
    if (!samples) return;
    for (const auto& sample : *samples)
        fmt::print("    {} {} {}\n", sample.series, sample.value, sample.time_ms);
}

void print_sink(const config::sink_settings& sink,
                const std::vector<journal::record_ptr>& records) {
    fmt::print("sink {} ({})\n", sink.name, type_of(sink));
    const auto made = make_sink(sink);
    const auto sent = deliver(sink, *made.sink, records);
    std::size_t dropped = 0;
    for (const auto& one : sent.requests) {
        dropped += one.dropped;
        std::visit([&](const auto& store) { print_requests(one, store); }, sink.store);
    }
    if (sent.requests.empty()) fmt::print("  nothing\n");
    if (sent.lines_left_out > 0)
        fmt::print("  {} line(s) are not for it, by `only`\n", sent.lines_left_out);
    if (dropped > 0) fmt::print("  {} field(s) become no sample of its naming\n", dropped);
}

void print_refused(const std::vector<journal::dead_letter>& letters) {
    for (const auto& one : letters) {
        fmt::print("refused: line {}, offset {}: {}: {}\n", one.number, one.offset, one.reason,
                   printable(one.line));
    }
}

std::string lane_text(const journal::lane& of) {
    return fmt::format("cluster {}, bucket {}{}{}", of.cluster,
                       of.bucket.empty() ? "(none)" : printable(of.bucket),
                       of.tenant.empty() ? "" : ", tenant ", of.tenant);
}

void print_lanes(const std::vector<journal::record_ptr>& records) {
    for (const auto& record : records)
        fmt::print("lane: {}: {} line(s)\n", lane_text(record->header.lane), record->header.points);
}

}  // namespace

int route(const route_arguments& arguments) {
    const auto settings = read_settings(arguments.config);
    if (!settings) return wrong_config;
    const auto place = find_place(*settings, arguments);
    if (!place) return failure;
    if (const auto answer = turned_away(*place); !answer.empty()) return fail(answer);
    const auto lane =
        ingest::identity(settings->clusters).resolve(sender_of(*place), place->listener->buckets);
    if (!lane) {
        return fail(lane.error() == ingest::refusal::no_cluster
                        ? "403: no cluster accepts this sender"
                        : fmt::format("404: {} takes no bucket {}", place->listener->address,
                                      printable(place->bucket)));
    }
    const auto lines = read_input();
    if (!lines) return fail("more than 16 MiB: give it a part of that");
    topology::snapshot_board board;
    load_snapshots(*settings, board);
    const auto taken = take_in(*settings, *place, *lane, *lines, board);
    print_lanes(taken.records);
    print_refused(taken.refused);
    for (const auto& sink : settings->sinks)
        print_sink(sink, taken.records);
    return success;
}

}  // namespace relay::cli
