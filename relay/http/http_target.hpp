// How to reach one server over HTTP(S): spelt the same for every sink and for the Proxmox API.
// Plain values; what goes into a request (method, headers, body) is http_request's.
#pragma once

#include "relay/http/fingerprint.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace relay::http {

/// Whether the server must prove that it is who the URL says.
enum class server_check : std::uint8_t {
    full,  // chain and host name
    none,  // anyone: for a laboratory, and where a pin is the proof instead
};

struct tls_options {
    std::filesystem::path ca{};           // PEM; empty: the system's authorities
    std::filesystem::path certificate{};  // of ours, PEM, with its key; empty: none is shown
    std::filesystem::path key{};
    /// "sha256//<base64 of the SHA-256 of the server's public key>"; checked in addition.
    std::string pinned_public_key{};
    /// Certificates that are known, whoever signed them: the server must show one of these before
    /// it is sent anything. They take the place of chain and host name, which are checked as well
    /// where `ca` is given. Empty: none is asked for.
    std::vector<fingerprint> fingerprints{};
    server_check verify = server_check::full;
    bool operator==(const tls_options&) const = default;
};

struct http_target {
    // A store beyond an ocean and a TLS handshake fit three times over.
    std::chrono::milliseconds connect_timeout{5'000};
    // The whole exchange; a request of some MiB over a slow line, or a store that is compacting.
    std::chrono::milliseconds timeout{30'000};
    tls_options tls{};
    std::string proxy{};  // URL; empty: none, whatever the environment says
    // Error texts are what a body is read for; the rest of a longer one is thrown away.
    std::size_t body_bytes_max = 64 << 10;
    bool accepts_gzip = false;  // the bound is on what is inflated
    bool operator==(const http_target&) const = default;
};

}  // namespace relay::http
