// The SHA-256 of a server's certificate, as Proxmox and openssl print it: "AA:BB:…". Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace relay::http {

using fingerprint = std::array<unsigned char, 32>;

/// Upper or lower case, with or without colons. @returns nothing where it is no SHA-256.
[[nodiscard]] std::optional<fingerprint> parse_fingerprint(std::string_view text);

/// "AA:BB:…"
[[nodiscard]] std::string to_string(const fingerprint& of);

}  // namespace relay::http
