// What `doctor` makes of an answer, a time or a number: one line each, ok or what to do. Pure; who
// asks is doctor.cpp.
#pragma once

#include "relay/base/http_message.hpp"
#include "relay/config/settings.hpp"
#include "sinks/sink.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::cli {

struct finding {
    std::string what{};  // "sink influx", "listen [::]:8186"
    bool is_ok = false;
    std::string words{};  // what is so, or what to do
};

/// The answers to what Proxmox does when it is set up, and to an empty push.
[[nodiscard]] finding judge_door(const listen::listen_options& door, const http_response& health,
                                 const http_response& write);

/// What a UDP port is like.
struct udp_reading {
    bool is_closed = false;                       // the kernel says that nobody listens
    std::optional<std::uint64_t> buffer_bytes{};  // as the kernel reports it: the double
};
[[nodiscard]] finding judge_udp(const listen::listen_options& door, const udp_reading& found);

struct disk_reading {
    std::string error{};  // why it could not be tried; empty: it was
    std::chrono::microseconds longest_sync{0};
    std::uint64_t free_bytes = 0;
    std::string_view file_system{};  // "tmpfs", "nfs"; empty: one with a disk beneath
};
[[nodiscard]] finding judge_disk(const std::string& directory, const disk_reading& found);

/// The answer to a sink's probe, which the sink itself has judged.
[[nodiscard]] finding judge_store(const config::sink_settings& sink, const sinks::verdict& meaning,
                                  const http_response& response);

/// The answer to /api/v1/status/config. Nothing where it is no Prometheus that answers.
[[nodiscard]] std::optional<finding> judge_window(const config::sink_settings& sink,
                                                  const http_response& response);

/// From the Date of an answer. Nothing where it has none.
[[nodiscard]] std::optional<finding> judge_clock(std::string_view whose,
                                                 const http_response& response, std::int64_t now_s);

/// The answers of one node of a cluster to /access/permissions and /version.
[[nodiscard]] finding judge_api(const topology::api_options& api, const std::string& node,
                                const http_response& permissions, const http_response& version);

/// "Tue, 24 Nov 2026 19:34:35 GMT" (RFC 9110) in seconds since 1970.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace relay::cli
