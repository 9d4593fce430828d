// Where a simulated cluster pushes to, and one push to it, as PVE's daemon does it: HTTP/1.1 over a
// new connection for every transaction, in the words of LWP 6.68, or UDP from a new socket.
// Blocking; any thread may push to the same target.
#pragma once

#include "relay/base/expected.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace relay::simulate {

enum class transport : std::uint8_t { http, udp };

struct target {
    transport carrier = transport::http;
    std::string host;  // as in the URL, brackets included
    std::string port;
    std::string prefix;  // path before /api/v2/write, "" or "/a/b"
    sockaddr_storage address{};
    socklen_t address_bytes = 0;
};

/// Reads "http://host[:8086][/prefix]" or "udp://host:port" and resolves the host.
/// @returns the target, or a sentence that says what is wrong.
[[nodiscard]] expected<target, std::string> parse_target(std::string_view url);

/// What PVE is configured with for a metric server of type InfluxDB.
struct push_identity {
    std::string organization = "proxmox";
    std::string bucket = "proxmox";
    std::string token;  // empty: no Authorization header
};

struct answer {
    int status = 0;       // 0: no answer; `error` then says why
    std::string durable;  // X-Relay-Durable, where the answer has it
    std::string error;
    std::chrono::microseconds elapsed{0};  // from connect to the end of the answer's head
};

/// @param timeout of each step of I/O, not of the whole, as LWP counts it
[[nodiscard]] answer post(const target& to, const push_identity& as, std::string_view body,
                          std::chrono::milliseconds timeout);

/// @returns datagrams that the kernel took; from the first refusal on the rest of the transaction
/// is lost, as it is in PVE.
[[nodiscard]] std::size_t send_datagrams(const target& to, std::string_view text);

}  // namespace relay::simulate
