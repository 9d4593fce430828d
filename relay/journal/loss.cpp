#include "relay/journal/journal.hpp"

#include <fmt/format.h>

#include <ctime>

namespace relay::journal {
namespace {

std::string time_text(std::int64_t unix_ns) {
    const auto whole = static_cast<std::time_t>(unix_ns / 1'000'000'000);
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%FT%TZ", &parts);
    return std::string(text, length);
}

}  // namespace

std::string to_string(const loss& what) {
    return fmt::format("{} points of {} to {} ({} records)", what.points, time_text(what.from_ns),
                       time_text(what.to_ns), what.records);
}

}  // namespace relay::journal
