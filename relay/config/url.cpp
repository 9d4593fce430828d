#include "relay/config/url.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace relay::config {
namespace {

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_';
}

bool is_v6_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' ||
           c == '.';
}

/// ":8086" or nothing.
bool is_port(std::string_view text) {
    if (text.empty()) return true;
    std::uint16_t port = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data() + 1, last, port);
    return text.front() == ':' && error == std::errc{} && end == last && port != 0;
}

bool is_authority(std::string_view text) {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end != std::string_view::npos && end > 2 && is_port(text.substr(end + 1)) &&
               std::ranges::all_of(text.substr(1, end - 1), is_v6_character);
    }
    const auto colon = std::min(text.find(':'), text.size());
    return colon > 0 && is_port(text.substr(colon)) &&
           std::ranges::all_of(text.substr(0, colon), is_host_character);
}

bool is_plain(char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\' && c != '`' &&
           c != '#';
}

}  // namespace

expected<void, std::string> check_url(std::string_view text) {
    const auto wrong = [](std::string_view why) { return unexpected(std::string(why)); };
    if (!text.starts_with("http://") && !text.starts_with("https://")) {
        return wrong("the url must begin with http:// or https://");
    }
    const auto rest = text.substr(text.find("//") + 2);
    const auto authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) {
        return wrong("user and password do not belong in the url: use `auth`");
    }
    if (!is_authority(authority)) return wrong("the url has no valid host or port");
    if (!std::ranges::all_of(rest, is_plain)) {
        return wrong("the url holds a character that must be percent-encoded");
    }
    return {};
}

}  // namespace relay::config
