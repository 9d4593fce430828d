// One [[listen]] of the configuration, and whether it makes sense. Values; nothing here opens a
// socket.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/cidr.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/secret.hpp"
#include "relay/listen/tls_identity.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::listen {

enum class listen_kind : std::uint8_t { http, udp };

/// Where to listen: an address of this machine and a port (0: any free one).
struct endpoint {
    ip_address address;
    std::uint16_t port = 0;

    /// "[::]:8186", "0.0.0.0:0", "127.0.0.1:8187", ":8186" (every address).
    /// @returns the endpoint, or a sentence that says what is wrong with the text.
    [[nodiscard]] static expected<endpoint, std::string> parse(std::string_view text);
    /// Every address of the machine: anyone who can reach it can push.
    [[nodiscard]] bool wildcard() const noexcept;
};

/// "127.0.0.1:8187", "[::]:8186"
[[nodiscard]] std::string to_string(const endpoint& where);

/// Bounds of what one HTTP client may cost. Proxmox VE sends a body of at most 25 MB at once and
/// waits a second for the answer; everything here leaves it room and nobody else much more.
struct http_limits {
    byte_size head_bytes_max = 16_KiB;    // of request line and headers; Proxmox sends 300 bytes
    byte_size body_bytes_max = 64_MiB;    // inflated; Proxmox's own max-body-size is 25,000,000
    byte_size bodies_bytes_max = 32_MiB;  // memory of all bodies in flight, which are read as
                                          // streams; beyond it 503
    std::size_t inflate_ratio_max = 500;  // a body of metrics has 5 to 30; a bomb has 1,000 …
    byte_size inflate_free = 1_MiB;       // … but a small one may be what it likes
    std::size_t connections_max = 4096;   // one per push; a large cluster has 100 at a time
    std::chrono::milliseconds head_wait{10'000};    // for a whole head, from its first byte
    std::chrono::milliseconds idle_wait{60'000};    // for the next request of a kept connection
    std::chrono::milliseconds body_wait{10'000};    // for the next bytes of a body
    std::chrono::milliseconds whole_wait{120'000};  // for a whole body, however steady its trickle
    std::chrono::milliseconds write_wait{10'000};   // for the client to take its answer
    std::chrono::milliseconds linger_wait{2'000};   // for it to see an answer given before its end
    std::chrono::milliseconds answer_wait{600};     // for the journal; Proxmox gives up after 1 s
    bool operator==(const http_limits&) const = default;
};

struct listen_options {
    listen_kind kind = listen_kind::http;
    std::string address = "[::]:8186";
    std::vector<secret> tokens;        // any of them opens; empty: none is asked for
    std::vector<std::string> allow;    // CIDR; empty: from anywhere
    bool open = false;                 // a wildcard address without tokens or allow is meant
    std::string cluster;               // its lines are this cluster's; empty: identity decides
    std::vector<std::string> buckets;  // others are answered 404; empty: any
    tls_options tls;                   // HTTP: not enabled, it speaks without TLS
    std::size_t threads = 1;  // HTTP: one takes what a large cluster pushes many times over
    http_limits limits;
    byte_size receive_buffer = 32_MiB;  // UDP: 32 nodes in phase send 20 MB back to back

    /// Nothing, or a sentence for the operator: an address or a network that is none, a limit of
    /// zero, a listener that is open to the world without having been told so.
    [[nodiscard]] expected<void, std::string> validate() const;
    bool operator==(const listen_options&) const = default;
};

/// `allow`, parsed once. Empty: everyone is allowed.
[[nodiscard]] expected<std::vector<ip_network>, std::string> parse_networks(
    const std::vector<std::string>& texts);

/// Whether a sender may speak at all.
[[nodiscard]] bool allowed(const std::vector<ip_network>& networks,
                           const ip_address& from) noexcept;

}  // namespace relay::listen
