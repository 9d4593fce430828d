#include "sinks/store_access.hpp"

#include "relay/base/log.hpp"
#include "sinks/lane_template.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::sinks {

namespace {

constexpr bool is_alphanumeric(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr bool is_control(char c) noexcept {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// RFC 9110, section 5.6.2: what a header's name is made of.
constexpr bool is_token_character(char c) noexcept {
    return is_alphanumeric(c) ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

std::string lower_case(std::string_view text) {
    std::string out(text);
    for (auto& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

/// RFC 4648, section 4.
std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) -> unsigned {
            return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0u;
        };
        const unsigned group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        out += alphabet[group >> 18 & 63];
        out += alphabet[group >> 12 & 63];
        out += i + 1 < bytes.size() ? alphabet[group >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? alphabet[group & 63] : '=';
    }
    return out;
}

}  // namespace

std::optional<http_header> authorization(const store_auth& auth, token_scheme scheme) {
    if (!auth.token.empty()) {
        const auto* word = scheme == token_scheme::token ? "Token " : "Bearer ";
        return http_header{"Authorization", word + auth.token.reveal()};
    }
    if (auth.user.empty()) return {};
    return http_header{"Authorization",
                       "Basic " + base64(auth.user + ':' + auth.password.reveal())};
}

void add_custom_headers(const std::vector<custom_header>& custom, const journal::lane& lane,
                        std::vector<http_header>& out) {
    for (const auto& header : custom) {
        auto value = fill_in(header.value.reveal(), lane);
        std::ranges::replace_if(value, is_control, '_');
        out.emplace_back(header.name, std::move(value));
    }
}

bool fills_headers(const std::vector<custom_header>& custom, const journal::lane& lane) {
    return std::ranges::none_of(custom, [&](const custom_header& h) {
        return depends_on_lane(h.value.reveal()) && fill_in(h.value.reveal(), lane).empty();
    });
}

bool depend_on_lane(const std::vector<custom_header>& custom) noexcept {
    return std::ranges::any_of(
        custom, [](const custom_header& h) { return depends_on_lane(h.value.reveal()); });
}

std::optional<std::string> header_problem(const custom_header& header,
                                          std::span<const std::string_view> reserved) {
    if (header.name.empty() || !std::ranges::all_of(header.name, is_token_character)) {
        return fmt::format("\"{}\" is no name of a header", printable(header.name, 40));
    }
    if (std::ranges::find(reserved, lower_case(header.name)) != reserved.end()) {
        return fmt::format("the header {} is the relay's own and cannot be set", header.name);
    }
    if (std::ranges::any_of(header.value.reveal(), is_control)) {
        return fmt::format("the value of the header {} holds a control character", header.name);
    }
    return template_problem(header.value.reveal());
}

std::optional<std::string> url_problem(std::string_view url) {
    std::string_view rest = url;
    if (rest.starts_with("http://")) {
        rest.remove_prefix(7);
    } else if (rest.starts_with("https://")) {
        rest.remove_prefix(8);
    } else {
        return "a URL begins with http:// or https://";
    }
    const auto host = rest.substr(0, rest.find_first_of("/?#"));
    if (host.empty()) return "the URL names no host";
    if (host.find('@') != std::string_view::npos) {
        return "credentials do not belong in the URL: use auth";
    }
    const auto is_odd = [](char c) { return is_control(c) || c == ' ' || c == '#'; };
    if (std::ranges::any_of(rest, is_odd))
        return "the URL holds a space, a # or a control character";
    return {};
}

std::optional<std::string> auth_problem(const store_auth& auth) {
    if (!auth.token.empty() && !auth.user.empty()) return "auth is a token or a user, not both";
    if (auth.user.empty() && !auth.password.empty()) return "auth has a password but no user";
    if (auth.user.find(':') != std::string::npos) return "a user of Basic cannot hold a colon";
    for (const auto* text : {&auth.token.reveal(), &auth.user, &auth.password.reveal()}) {
        if (std::ranges::any_of(*text, is_control)) return "auth holds a control character";
    }
    return {};
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
        } else {
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

std::string_view user_agent() noexcept {
    return "pverelay/" RELAY_VERSION;
}

}  // namespace relay::sinks
