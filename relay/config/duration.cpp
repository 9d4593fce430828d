#include "relay/config/duration.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

namespace relay::config {
namespace {

using std::chrono::milliseconds;

// Largest first, for printing.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

// So that no sum of parts leaves 64 bits, and a span in nanoseconds still fits as well.
constexpr std::int64_t milliseconds_max = 100LL * 366 * 86'400'000;

std::optional<std::int64_t> unit_of(std::string_view name) {
    for (const auto& [unit, factor] : units) {
        if (unit == name) return factor;
    }
    return {};
}

/// Takes "30m" from the front of `text`; what is left begins with the next part.
std::optional<std::int64_t> take_part(std::string_view& text) {
    std::int64_t number = 0;
    const auto* const begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), number);
    if (error != std::errc{} || number < 0) return {};
    text.remove_prefix(static_cast<std::size_t>(end - begin));
    const auto letters = text.find_first_not_of("dhms");
    const auto unit = unit_of(text.substr(0, letters));
    text.remove_prefix(std::min(letters, text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (!unit || number > milliseconds_max / *unit) return {};
    return number * *unit;
}

}  // namespace

expected<milliseconds, std::string> parse_duration(std::string_view text) {
    if (text == "0") return milliseconds{0};
    std::int64_t sum = 0;
    auto rest = text;
    do {
        const auto part = take_part(rest);
        if (!part || (sum += *part) > milliseconds_max) {
            return unexpected(fmt::format(
                "\"{}\" is no span of time: write a number and ms, s, m, h or d, as in \"90s\"",
                text));
        }
    } while (!rest.empty());
    return milliseconds{sum};
}

std::string to_string(milliseconds span) {
    auto left = span.count();
    std::string out;
    for (const auto& [unit, factor] : units) {
        if (left < factor) continue;
        if (!out.empty()) out += ' ';
        fmt::format_to(std::back_inserter(out), "{}{}", left / factor, unit);
        left %= factor;
    }
    return out.empty() ? "0" : out;
}

}  // namespace relay::config
