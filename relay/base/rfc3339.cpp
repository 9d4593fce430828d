#include "relay/base/rfc3339.hpp"

#include <fmt/format.h>

#include <chrono>
#include <ctime>

namespace relay {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

/// Takes exactly `digits` digits from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
    if (text.size() < digits) return {};
    int number = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        if (text[i] < '0' || text[i] > '9') return {};
        number = number * 10 + (text[i] - '0');
    }
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

/// Days since 1970.
std::optional<std::int64_t> take_date(std::string_view& text) {
    const auto year = take_number(text, 4);
    if (!year || !take(text, "-")) return {};
    const auto month = take_number(text, 2);
    if (!month || !take(text, "-")) return {};
    const auto day = take_number(text, 2);
    if (!day) return {};
    const std::chrono::year_month_day date(std::chrono::year{*year},
                                           std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)});
    if (!date.ok() || *year < 1678 || *year > 2261) return {};
    return std::chrono::sys_days(date).time_since_epoch().count();
}

/// Seconds since midnight; 60 is a leap second and counts as the next one.
std::optional<std::int64_t> take_time(std::string_view& text) {
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ":")) return {};
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59 || !take(text, ":")) return {};
    const auto seconds = take_number(text, 2);
    if (!seconds || *seconds > 60) return {};
    return *hours * 3600 + *minutes * 60 + *seconds;
}

std::optional<std::int64_t> take_fraction(std::string_view& text) {
    if (!take(text, ".")) return 0;
    std::int64_t ns = 0;
    auto unit = second_ns;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        if ((unit /= 10) == 0) return {};
        ns += (text.front() - '0') * unit;
        text.remove_prefix(1);
    }
    if (unit == second_ns) return {};
    return ns;
}

/// Seconds east of Greenwich.
std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (take(text, "Zz")) return 0;
    const bool west = text.starts_with('-');
    if (!take(text, "+-")) return {};
    const auto hours = take_number(text, 2);
    if (!hours || *hours > 23 || !take(text, ":")) return {};
    const auto minutes = take_number(text, 2);
    if (!minutes || *minutes > 59) return {};
    const std::int64_t seconds = *hours * 3600 + *minutes * 60;
    return west ? -seconds : seconds;
}

}  // namespace

std::string rfc3339(std::int64_t unix_ns) {
    auto seconds = unix_ns / second_ns;
    auto rest = unix_ns % second_ns;
    if (rest < 0) {
        --seconds;
        rest += second_ns;
    }
    const auto whole = static_cast<std::time_t>(seconds);
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    char text[32];
    const std::string_view time(text, std::strftime(text, sizeof text, "%FT%T", &parts));
    if (rest == 0) return fmt::format("{}Z", time);
    if (rest % 1'000'000 == 0) return fmt::format("{}.{:03}Z", time, rest / 1'000'000);
    if (rest % 1'000 == 0) return fmt::format("{}.{:06}Z", time, rest / 1'000);
    return fmt::format("{}.{:09}Z", time, rest);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
    const auto days = take_date(text);
    if (!days) return {};
    const auto midnight = *days * 86'400 * second_ns;
    if (text.empty()) return midnight;
    if (!take(text, "Tt ")) return {};
    const auto time = take_time(text);
    const auto fraction = time ? take_fraction(text) : std::nullopt;
    const auto offset = fraction ? take_offset(text) : std::nullopt;
    if (!offset || !text.empty()) return {};
    return midnight + (*time - *offset) * second_ns + *fraction;
}

}  // namespace relay
