// Where a sender is: an address, and the networks it may come from. Values; any thread.
#pragma once

#include "relay/base/expected.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay {

/// An IPv4 or IPv6 address. IPv4 is held as ::ffff:a.b.c.d, so that a sender is the same one
/// whether it came to an IPv4 socket or to a dual-stack one.
struct ip_address {
    std::array<std::uint8_t, 16> bytes{};

    /// "192.0.2.7", "fd00::1", "[fd00::1]", "fe80::1%eth0" (the zone is left out).
    [[nodiscard]] static std::optional<ip_address> parse(std::string_view text);
    [[nodiscard]] bool is_v4() const noexcept;
    auto operator<=>(const ip_address&) const = default;
};

/// As people write it: IPv4 dotted, IPv6 shortened (RFC 5952), no brackets.
[[nodiscard]] std::string to_string(const ip_address& address);

/// A range of addresses in CIDR notation.
class ip_network {
public:
    /// "192.0.2.0/24", "fd00::/8", or one address alone. Bits after the prefix must be zero:
    /// "192.0.2.7/24" may mean the host or the network.
    /// @returns the network, or a sentence that says what is wrong with the text.
    [[nodiscard]] static expected<ip_network, std::string> parse(std::string_view text);

    [[nodiscard]] bool contains(const ip_address& address) const noexcept;

private:
    ip_address base_;
    unsigned bits_ = 128;  // of the 128 of ip_address, so /24 of IPv4 is 120
};

}  // namespace relay
