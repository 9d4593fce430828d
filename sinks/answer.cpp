#include "sinks/answer.hpp"

#include "relay/base/log.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace relay::sinks {

namespace {

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

template <class Integer>
std::optional<Integer> read_number(std::string_view text) {
    Integer n{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (failure != std::errc{} || end != text.data() + text.size() || text.empty()) return {};
    return n;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const auto begin = text.find_first_not_of(space);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(space) - begin + 1);
}

/// Words between spaces, commas and hyphens: the three forms of a date become
/// "Sun 06 Nov 1994 08:49:37 GMT", "Sunday 06 Nov 94 08:49:37 GMT", "Sun Nov 6 08:49:37 1994".
std::array<std::string_view, 6> date_words(std::string_view text) {
    std::array<std::string_view, 6> words;
    for (auto& word : words) {
        const auto begin = text.find_first_not_of(" ,-");
        if (begin == std::string_view::npos) break;
        text.remove_prefix(begin);
        word = text.substr(0, text.find_first_of(" ,-"));
        text.remove_prefix(word.size());
    }
    return words;
}

/// hh:mm:ss as seconds; a leap second counts as one.
std::optional<int> read_clock(std::string_view text) {
    if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
    const auto hours = read_number<unsigned>(text.substr(0, 2));
    const auto minutes = read_number<unsigned>(text.substr(3, 2));
    const auto seconds = read_number<unsigned>(text.substr(6, 2));
    if (!hours || !minutes || !seconds || *hours > 23 || *minutes > 59 || *seconds > 60) return {};
    return static_cast<int>(*hours * 3600 + *minutes * 60 + *seconds);
}

std::optional<std::int64_t> at_midnight(std::string_view day, std::string_view month,
                                        std::string_view year) {
    const auto d = read_number<unsigned>(day);
    const auto m = std::ranges::find(months, month) - months.begin();
    auto y = read_number<int>(year);
    if (!d || !y || m == 12) return {};
    if (year.size() == 2) *y += *y < 70 ? 2000 : 1900;
    const std::chrono::year_month_day date{std::chrono::year(*y),
                                           std::chrono::month(static_cast<unsigned>(m + 1)),
                                           std::chrono::day(*d)};
    if (!date.ok() || *y < 1970 || *y > 9999) return {};
    return std::chrono::sys_days(date).time_since_epoch().count() * std::int64_t{86'400};
}

/// The four digits of \uXXXX as UTF-8. Halves of surrogate pairs become '?': the text is for
/// people, and what is not ASCII is escaped before they see it.
void append_code_unit(std::string& out, std::string_view digits) {
    unsigned code = 0;
    const auto [end, failure] =
        std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
    if (failure != std::errc{} || end != digits.data() + 4 || (code >= 0xd800 && code < 0xe000)) {
        out += '?';
    } else if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 63));
    } else {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 63));
        out += static_cast<char>(0x80 | (code & 63));
    }
}

/// The content of the JSON string whose opening quote was just read.
std::string unescaped(std::string_view json) {
    std::string out;
    for (std::size_t i = 0; i < json.size() && json[i] != '"'; ++i) {
        if (json[i] != '\\' || i + 1 == json.size()) {
            out += json[i];
            continue;
        }
        const char c = json[++i];
        if (c == 'u' && i + 4 < json.size()) {
            append_code_unit(out, json.substr(i + 1, 4));
            i += 4;
        } else {
            out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
        }
    }
    return out;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    const auto words = date_words(trimmed(text));
    const bool is_asctime = words[3].find(':') != std::string_view::npos;
    const auto midnight = is_asctime ? at_midnight(words[2], words[1], words[4])
                                     : at_midnight(words[1], words[2], words[3]);
    const auto clock = read_clock(is_asctime ? words[3] : words[4]);
    if (!midnight || !clock) return {};
    if (!is_asctime && words[5] != "GMT") return {};
    return *midnight + *clock;
}

std::optional<std::chrono::seconds> retry_after(const http_response& response) {
    const auto value = trimmed(response.header("retry-after"));
    if (const auto seconds = read_number<std::uint32_t>(value)) {
        return std::chrono::seconds(*seconds);
    }
    const auto then = parse_http_date(value);
    const auto now = parse_http_date(response.header("date"));
    if (!then || !now) return {};
    return std::chrono::seconds(std::max<std::int64_t>(0, *then - *now));
}

std::optional<std::string> json_string(std::string_view json, std::string_view key) {
    if (!trimmed(json).starts_with('{')) return {};
    const auto quoted = '"' + std::string(key) + '"';
    for (auto at = json.find(quoted); at != std::string_view::npos;
         at = json.find(quoted, at + 1)) {
        auto rest = trimmed(json.substr(at + quoted.size()));
        if (!rest.starts_with(':')) continue;
        rest = trimmed(rest.substr(1));
        if (rest.starts_with('"')) return unescaped(rest.substr(1));
    }
    return {};
}

std::string store_words(const http_response& response) {
    if (response.status == 0) return printable(response.error, words_max);
    for (const auto* key : {"message", "error"}) {
        if (const auto text = json_string(response.body, key)) {
            return printable(trimmed(*text), words_max);
        }
    }
    return printable(trimmed(response.body), words_max);
}

bool mentions(std::string_view text, std::string_view part) noexcept {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    const auto same = [&](char a, char b) { return lower(a) == lower(b); };
    return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

std::pair<verdict_kind, std::string_view> status_meaning(int status) noexcept {
    if (status >= 200 && status < 300) return {verdict_kind::delivered, {}};
    if (status == 0) return {verdict_kind::later, "no_answer"};
    if (status >= 300 && status < 400) return {verdict_kind::configuration, "redirect"};
    switch (status) {
        case 401:
            return {verdict_kind::configuration, "unauthorized"};
        case 403:
            return {verdict_kind::configuration, "forbidden"};
        case 404:
            return {verdict_kind::configuration, "not_found"};
        case 408:
        case 425:
        case 499:
            return {verdict_kind::later, "timeout"};
        case 413:
            return {verdict_kind::too_large, "too_large"};
        case 429:
        case 503:
            return {verdict_kind::later, "overloaded"};
        default:
            break;
    }
    // What is left of 1xx and 4xx speaks of how we ask, not of what was sent.
    if (status < 500) return {verdict_kind::configuration, "unexpected_status"};
    return {verdict_kind::fault, unexplained_fault};
}

}  // namespace relay::sinks
