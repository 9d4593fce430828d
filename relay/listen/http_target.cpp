#include "relay/listen/http_target.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace relay::listen {
namespace {

constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

enum class plus : bool { is_plus, is_space };

std::string decode(std::string_view text, plus meaning) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool encoded = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                             hex_digit(text[i + 2]) >= 0;
        if (encoded) {
            decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        } else {
            decoded += text[i] == '+' && meaning == plus::is_space ? ' ' : text[i];
        }
    }
    return decoded;
}

// "http://host/path" -> "/path" (RFC 9112 section 3.2.2: a server must take the absolute form).
std::string_view origin_form(std::string_view target) {
    const auto scheme = target.find("://");
    if (target.starts_with('/') || scheme == std::string_view::npos) return target;
    const auto path = target.find_first_of("/?", scheme + 3);
    return path == std::string_view::npos ? "/" : target.substr(path);
}

std::string collapse_slashes(std::string_view path) {
    std::string collapsed = "/";
    for (const char c : path) {
        if (c != '/' || collapsed.back() != '/') collapsed += c;
    }
    if (collapsed.size() > 1 && collapsed.back() == '/') collapsed.pop_back();
    return collapsed;
}

struct known_route {
    std::string_view ending;
    listen::route route;
};
// The longer of two that fit stands first.
constexpr known_route routes[] = {
    {"/api/v2/write", route::write_v2}, {"/write", route::write_v1},
    {"/api/v2/health", route::health},  {"/health", route::health},
    {"/api/v2/ping", route::ping},      {"/ping", route::ping},
    {"/api/v2/ready", route::ready},    {"/ready", route::ready},
    {"/query", route::query},
};

void set_route(http_target& target) {
    const std::string_view path = target.path;
    for (const auto& known : routes) {
        if (!path.ends_with(known.ending)) continue;
        target.route = known.route;
        const auto prefix = path.substr(0, path.size() - known.ending.size());
        target.prefix = prefix.empty() ? prefix : prefix.substr(1);
        return;
    }
}

// The parameters we know. Of `org` and `orgID` the first that comes wins.
constexpr std::pair<std::string_view, std::string http_target::*> parameters[] = {
    {"bucket", &http_target::bucket},
    {"db", &http_target::bucket},
    {"org", &http_target::org},
    {"orgID", &http_target::org},
    {"precision", &http_target::precision},
    {"u", &http_target::user},
    {"p", &http_target::password},
    {"q", &http_target::statement},
};

class query_reader {
public:
    explicit query_reader(http_target& target) : target_(target) {}

    void read(std::string_view query) {
        while (!query.empty()) {
            const auto end = std::min(query.find('&'), query.size());
            read_pair(query.substr(0, end));
            query.remove_prefix(std::min(end + 1, query.size()));
        }
    }

private:
    void read_pair(std::string_view pair) {
        const auto equals = std::min(pair.find('='), pair.size());
        const auto key = decode_parameter(pair.substr(0, equals));
        auto value = decode_parameter(pair.substr(std::min(equals + 1, pair.size())));
        if (key == "u") target_.has_user = true;
        if (key == "verbose") target_.verbose = value == "true" || value == "1";
        for (std::size_t i = 0; i < std::size(parameters); ++i) {
            if (key == parameters[i].first && !seen_[i]) {
                seen_[i] = true;
                set(target_.*parameters[i].second, std::move(value));
                return;
            }
        }
    }

    // A second name of the same parameter does not replace the first.
    static void set(std::string& member, std::string value) {
        if (member.empty()) member = std::move(value);
    }

    http_target& target_;
    std::array<bool, std::size(parameters)> seen_{};
};

}  // namespace

http_target parse_target(std::string_view text) {
    text = origin_form(text);
    text = text.substr(0, text.find('#'));
    const auto question = std::min(text.find('?'), text.size());

    http_target target;
    target.path = collapse_slashes(decode(text.substr(0, question), plus::is_plus));
    set_route(target);
    query_reader(target).read(text.substr(std::min(question + 1, text.size())));
    return target;
}

std::optional<protocol::precision> parse_precision(std::string_view text, route on) noexcept {
    using protocol::precision;
    struct spelling {
        std::string_view text;
        protocol::precision unit;
        bool v2;
    };
    static constexpr spelling spellings[] = {
        {"", precision::ns, true},        {"ns", precision::ns, true},
        {"us", precision::us, true},      {"ms", precision::ms, true},
        {"s", precision::s, true},        {"n", precision::ns, false},
        {"u", precision::us, false},      {"\u00b5", precision::us, false},
        {"\u03bc", precision::us, false}, {"m", precision::m, false},
        {"h", precision::h, false},
    };
    for (const auto& known : spellings) {
        if (text == known.text && (known.v2 || on == route::write_v1)) return known.unit;
    }
    return std::nullopt;
}

std::string decode_parameter(std::string_view text) {
    return decode(text, plus::is_space);
}

}  // namespace relay::listen
