#include "relay/topology/address.hpp"

#include "relay/base/cidr.hpp"

#include <algorithm>

namespace relay::topology {
namespace {

/// 0.0.0.0/8 and 127.0.0.0/8 (RFC 1122), 169.254.0.0/16 (RFC 3927), multicast and above (RFC 5771).
bool is_reachable_v4(std::uint8_t first, std::uint8_t second) noexcept {
    return first != 0 && first != 127 && first < 224 && !(first == 169 && second == 254);
}

/// Not ::/96, where the unspecified address and loopback are, fe80::/10 nor ff00::/8 (RFC 4291).
bool is_reachable_v6(const ip_address& address) {
    const auto& bytes = address.bytes;
    const auto is_zero = [](std::uint8_t byte) { return byte == 0; };
    return !std::all_of(bytes.begin(), bytes.begin() + 12, is_zero) && bytes[0] != 0xff &&
           !(bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

}  // namespace

std::optional<std::string> reachable_address(std::string_view text) {
    const auto address = ip_address::parse(text);
    if (!address) return {};
    const bool in_disguise = address->is_v4() && text.find(':') != std::string_view::npos;
    const bool is_reachable = address->is_v4()
                                  ? is_reachable_v4(address->bytes[12], address->bytes[13])
                                  : is_reachable_v6(*address);
    if (in_disguise || !is_reachable) return {};
    return to_string(*address);
}

}  // namespace relay::topology
