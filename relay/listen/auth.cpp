#include "relay/listen/auth.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace relay::listen {
namespace {

constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// The rest of "Scheme rest" where the scheme is that one, in any case.
std::optional<std::string_view> after_scheme(std::string_view header, std::string_view scheme) {
    if (header.size() <= scheme.size() || header[scheme.size()] != ' ') return std::nullopt;
    const auto same = [](char ours, char theirs) { return ours == lower(theirs); };
    if (!std::equal(scheme.begin(), scheme.end(), header.begin(), same)) return std::nullopt;
    header.remove_prefix(scheme.size());
    const auto first = header.find_first_not_of(' ');
    if (first == std::string_view::npos) return std::nullopt;
    const auto last = header.find_last_not_of(' ');
    return header.substr(first, last - first + 1);
}

// Base64's alphabet turned round: the value of each byte, 64 where it has none.
constexpr auto base64_values = [] {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<std::uint8_t, 256> values{};
    values.fill(64);
    for (std::size_t i = 0; i < alphabet.size(); ++i) {
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    }
    return values;
}();

credentials from_pair(std::string pair) {
    const auto colon = pair.find(':');
    if (colon == std::string::npos) return {.token = std::move(pair), .with_user = {}};
    auto token = pair.substr(colon + 1);
    return {.token = std::move(token), .with_user = std::move(pair)};
}

}  // namespace

credentials presented(std::string_view authorization, const http_target& target) {
    if (target.has_user) {
        return {.token = target.password, .with_user = target.user + ':' + target.password};
    }
    if (const auto basic = after_scheme(authorization, "basic")) {
        auto pair = decode_base64(*basic);
        return pair ? from_pair(std::move(*pair)) : credentials{};
    }
    for (const std::string_view scheme : {"token", "bearer"}) {
        const auto token = after_scheme(authorization, scheme);
        if (!token) continue;
        const auto colon = token->find(':');
        if (colon == std::string_view::npos) return {.token = std::string(*token), .with_user = {}};
        return {.token = std::string(token->substr(colon + 1)), .with_user = std::string(*token)};
    }
    return {};
}

const std::string* find_match(const credentials& given,
                              const std::vector<secret>& tokens) noexcept {
    bool by_token = false;
    bool by_pair = false;
    for (const auto& token : tokens) {
        by_token |= token.matches(given.token);
        by_pair |= token.matches(given.with_user);
    }
    if (by_token) return &given.token;
    return by_pair ? &given.with_user : nullptr;
}

std::optional<std::string> decode_base64(std::string_view text) {
    while (text.ends_with('=')) {
        text.remove_suffix(1);
    }
    if (text.size() % 4 == 1) return std::nullopt;
    std::string decoded;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value == 64) return std::nullopt;
        bits = bits << 6 | value;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        decoded += static_cast<char>(bits >> held & 0xff);
    }
    return decoded;
}

}  // namespace relay::listen
