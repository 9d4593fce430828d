#include "relay/base/cidr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>

namespace relay {
namespace {

// RFC 4291 section 2.5.5.2: IPv4-mapped addresses.
constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned v4_prefix_bits = 96;

}  // namespace

bool ip_address::is_v4() const noexcept {
    return std::equal(v4_prefix.begin(), v4_prefix.end(), bytes.begin());
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
    }
    char terminated[INET6_ADDRSTRLEN] = {};
    const auto length = std::min(text.find('%'), text.size());
    if (length == 0 || length >= sizeof terminated) return std::nullopt;
    std::memcpy(terminated, text.data(), length);

    ip_address address;
    if (::inet_pton(AF_INET6, terminated, address.bytes.data()) == 1) return address;
    if (::inet_pton(AF_INET, terminated, address.bytes.data() + v4_prefix.size()) == 1) {
        std::copy(v4_prefix.begin(), v4_prefix.end(), address.bytes.begin());
        return address;
    }
    return std::nullopt;
}

std::string to_string(const ip_address& address) {
    char text[INET6_ADDRSTRLEN] = {};
    if (address.is_v4()) {
        ::inet_ntop(AF_INET, address.bytes.data() + v4_prefix.size(), text, sizeof text);
    } else {
        ::inet_ntop(AF_INET6, address.bytes.data(), text, sizeof text);
    }
    return text;
}

expected<ip_network, std::string> ip_network::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = ip_address::parse(text.substr(0, slash));
    if (!base) return unexpected(fmt::format("\"{}\" is not an address or a network", text));

    ip_network network;
    network.base_ = *base;
    if (slash == std::string_view::npos) return network;

    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    const unsigned most = base->is_v4() ? 32 : 128;
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) {
        return unexpected(fmt::format("\"{}\": the prefix length is 0 to {}", text, most));
    }
    network.bits_ = base->is_v4() ? v4_prefix_bits + bits : bits;
    for (unsigned bit = network.bits_; bit < 128; ++bit) {
        if (base->bytes[bit / 8] & (0x80u >> (bit % 8))) {
            return unexpected(fmt::format("\"{}\" has bits set after its prefix", text));
        }
    }
    return network;
}

bool ip_network::contains(const ip_address& address) const noexcept {
    const auto whole = bits_ / 8;
    if (!std::equal(base_.bytes.begin(), base_.bytes.begin() + whole, address.bytes.begin())) {
        return false;
    }
    if (bits_ % 8 == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff00u >> (bits_ % 8));
    return (address.bytes[whole] & mask) == base_.bytes[whole];
}

}  // namespace relay
