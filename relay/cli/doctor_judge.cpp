#include "relay/cli/doctor_judge.hpp"

#include "relay/base/log.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/api_words.hpp"
#include "relay/topology/plan.hpp"
#include "relay/topology/rights.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <ctime>
#include <utility>

namespace relay::cli {
namespace {

using std::chrono::milliseconds;

// Proxmox VE waits a second for an answer; an answer that takes half of it is near the edge.
constexpr milliseconds answer_max{500};
// A point this far ahead of our clock is refused (ingest.ahead_max is ten minutes), and a store may
// refuse one that is ahead of its own: what is seen must be well below.
constexpr std::int64_t skew_max_s = 30;
// From here on pushes are answered before the disk has them (answer_wait).
constexpr std::chrono::microseconds sync_max{600'000};
constexpr std::uint64_t free_min_bytes = 1ULL << 30;

bool is_success(int status) noexcept {
    return status >= 200 && status < 300;
}

std::string words_of(const http_response& response) {
    return topology::words_of({.status = response.status,
                               .reason = response.status == 0 ? response.error : response.reason});
}

std::string in_mib(std::uint64_t bytes) {
    return fmt::format("{} MiB", bytes >> 20);
}

std::string door_remedy(const listen::listen_options& door, const http_response& got) {
    switch (got.status) {
        case 0:
            return "nobody answers there; is the relay running? `systemctl status pverelay`, "
                   "`journalctl -u pverelay`";
        case 401:
            return "the token of this configuration is refused: the relay runs with another one; "
                   "`systemctl reload pverelay`";
        case 403:
        case 404:
            return "the lines of this configuration are refused: the relay runs with another one "
                   "(`systemctl reload pverelay`), or `pverelay route` tells why";
        default:
            return fmt::format("see its log: `journalctl -u pverelay`{}",
                               door.tls.enabled() ? ", and its certificate" : "");
    }
}

/// @param meaning a verdict that is not success
std::string store_remedy(const config::sink_settings& sink, const http_response& got) {
    const auto* const influx = std::get_if<sinks::influxdb_options>(&sink.store);
    switch (got.status) {
        case 0:
            return "is it running, and is `url` right?";
        case 401:
            return influx ? "the store does not know the token or password: compare `auth` with "
                            "`influx auth list`"
                          : "the store does not know the token or password in `auth`";
        case 403:
            return influx ? fmt::format("the token may not write to \"{}\"", influx->bucket)
                          : "the token may not write";
        case 404:
            if (influx) {
                return fmt::format(
                    "there is no \"{}\" there: `pverelay setup` has the command that makes it, or "
                    "`url`, `org` and `bucket` name another",
                    influx->bucket);
            }
            return "start Prometheus with --web.enable-remote-write-receiver, or mend the path in "
                   "`url`";
        default:
            return got.status >= 500 ? "the store has trouble: see its log"
                                     : "see docs/delivery.md for what this answer means";
    }
}

}  // namespace

finding judge_door(const listen::listen_options& door, const http_response& health,
                   const http_response& write) {
    finding out{.what = "listen " + door.address};
    const auto& worse = is_success(health.status) ? write : health;
    if (worse.status == 403 && !door.allow.empty()) {
        out.is_ok = true;
        out.words = "answers; it lets in only what `allow` names, which this machine is not";
        return out;
    }
    if (worse.status == 0 && !door.tls.client_ca.empty()) {
        out.is_ok = true;
        out.words = "not asked: it wants a client's certificate";
        return out;
    }
    out.is_ok = is_success(health.status) && is_success(write.status);
    if (!out.is_ok) {
        out.words = fmt::format("{}: {}", words_of(worse), door_remedy(door, worse));
    } else if (write.elapsed > answer_max) {
        out.is_ok = false;
        out.words = fmt::format(
            "a push takes {} ms, and Proxmox gives up after 1000: see the disk "
            "below and the machine's load",
            write.elapsed.count());
    } else {
        out.words =
            fmt::format("a push is answered {} after {} ms", write.status, write.elapsed.count());
    }
    return out;
}

finding judge_udp(const listen::listen_options& door, const udp_reading& found) {
    finding out{.what = "listen udp " + door.address};
    if (found.is_closed) {
        out.words =
            "the port is closed, which stops graphs in Proxmox itself: start the relay, and "
            "`systemctl enable --now pverelay.socket` keeps it open from then on";
        return out;
    }
    const auto wanted = door.receive_buffer.bytes;
    if (found.buffer_bytes && *found.buffer_bytes / 2 < wanted) {
        out.words = fmt::format(
            "the receive buffer is {} KiB and not {}: a push of many guests loses lines; use "
            "pverelay.socket (ReceiveBuffer=), or `sysctl -w net.core.rmem_max={}`",
            *found.buffer_bytes >> 11, to_string(door.receive_buffer), wanted);
        return out;
    }
    out.is_ok = true;
    out.words = found.buffer_bytes
                    ? fmt::format("open, receive buffer {}", in_mib(*found.buffer_bytes / 2))
                    : "open";
    return out;
}

finding judge_disk(const std::string& directory, const disk_reading& found) {
    finding out{.what = "journal " + directory};
    if (!found.error.empty()) {
        out.words = found.error;
    } else if (!found.file_system.empty()) {
        out.words = fmt::format("is on {}: give it a directory on a local disk", found.file_system);
    } else if (found.free_bytes < free_min_bytes) {
        out.words = fmt::format(
            "only {} are free: what a store misses is soon deleted unsent; make "
            "room, or set journal.max_bytes",
            in_mib(found.free_bytes));
    } else if (found.longest_sync > sync_max) {
        out.words = fmt::format(
            "a sync takes {} ms: pushes are answered before the disk has them; take a faster disk, "
            "or journal.sync = \"interval\" to mean it",
            found.longest_sync.count() / 1000);
    } else {
        out.is_ok = true;
        out.words = fmt::format("a sync takes {:.1f} ms, {} are free",
                                static_cast<double>(found.longest_sync.count()) / 1000,
                                in_mib(found.free_bytes));
    }
    return out;
}

finding judge_store(const config::sink_settings& sink, const sinks::verdict& meaning,
                    const http_response& response) {
    finding out{.what = "sink " + sink.name};
    out.is_ok = meaning.kind == sinks::verdict_kind::delivered ||
                meaning.kind == sinks::verdict_kind::rest_stored;
    if (out.is_ok) {
        out.words =
            fmt::format("{} takes an empty write ({} ms)", url_of(sink), response.elapsed.count());
        return out;
    }
    // The store's own words, without the status where they begin with it already.
    const auto said = meaning.detail.empty() ? words_of(response)
                      : response.status == 0
                          ? printable(meaning.detail, 300)
                          : fmt::format("{} {}", response.status, printable(meaning.detail, 300));
    out.words = fmt::format("{}: {}: {}", url_of(sink), said, store_remedy(sink, response));
    return out;
}

std::optional<finding> judge_window(const config::sink_settings& sink,
                                    const http_response& response) {
    const std::string_view body = response.body;
    if (response.status != 200 || body.find("evaluation_interval") == std::string_view::npos)
        return {};  // VictoriaMetrics has such a page as well, and no evaluation
    finding out{.what = "sink " + sink.name};
    constexpr std::string_view key = "out_of_order_time_window: ";
    const auto at = body.find(key);
    auto window = at == std::string_view::npos ? std::string_view() : body.substr(at + key.size());
    // The YAML stands in a JSON string: its line ends are a backslash and an n.
    window = window.substr(0, window.find_first_of("\\\"\n "));
    out.is_ok = !window.empty() && window != "0s" && window != "0";
    out.words =
        out.is_ok
            ? fmt::format("an outage's hole is filled up to {} back", printable(window))
            : "after an outage of more than an hour this Prometheus refuses what fills the hole: "
              "set `storage.tsdb.out_of_order_time_window: 7d` in its configuration";
    return out;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    std::tm parts{};
    const std::string ended(text);
    const char* const end = ::strptime(ended.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    if (end == nullptr || *end != '\0') return {};
    return ::timegm(&parts);
}

std::optional<finding> judge_clock(std::string_view whose, const http_response& response,
                                   std::int64_t now_s) {
    const auto theirs = parse_http_date(response.header("date"));
    if (!theirs) return {};
    const auto ahead = *theirs - now_s;
    finding out{.what = fmt::format("clock of {}", whose)};
    out.is_ok = std::abs(ahead) <= skew_max_s;
    out.words = out.is_ok ? "agrees with this machine's"
                          : fmt::format(
                                "is {} s {} this machine's: compare `timedatectl` on both, "
                                "and let both follow one time server",
                                std::abs(ahead), ahead > 0 ? "ahead of" : "behind");
    return out;
}

finding judge_api(const topology::api_options& api, const std::string& node,
                  const http_response& permissions, const http_response& version) {
    finding out{.what = fmt::format("api of {} at {}", api.cluster, node)};
    if (permissions.status == 401) {
        out.words = words_of(permissions) + ": " + topology::token_remedy(api.token_id);
        return out;
    }
    const auto granted = topology::read_permissions(permissions.body);
    if (!is_success(permissions.status) || !granted) {
        const auto why = words_of(permissions);
        out.words = why + (permissions.status == 0 ? topology::remedy_of(permissions.error)
                                                   : std::string("; is this a Proxmox node?"));
        return out;
    }
    const auto number = topology::read_version(version.body);
    const auto known = is_success(version.status) && number ? *number : std::string();
    const auto rights =
        topology::judge_rights(*granted, known,
                               api.guest_addresses ? topology::guest_addresses_are::asked
                                                   : topology::guest_addresses_are::not_asked);
    const auto advice = topology::advise(rights, api.token_id, known);
    out.is_ok = advice.empty();
    if (out.is_ok) {
        out.words = fmt::format("Proxmox VE {}, the token may look at all that is asked", known);
    } else {
        out.words = fmt::format("{}: {}", advice.front().text, advice.front().commands);
    }
    return out;
}

}  // namespace relay::cli
