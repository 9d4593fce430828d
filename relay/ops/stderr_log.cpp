#include "relay/ops/stderr_log.hpp"

#include "relay/base/durable_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <unistd.h>

namespace relay::ops {
namespace {

std::string_view word_of(severity level) noexcept {
    switch (level) {
        case severity::error:
            return "error";
        case severity::warning:
            return "warning";
        case severity::notice:
            return "notice";
        case severity::info:
            return "info";
        case severity::debug:
            return "debug";
    }
    return "info";
}

std::string time_of_day(wall_time now) {
    const auto ns = unix_nanoseconds(now);
    const auto whole = static_cast<std::time_t>(ns / 1'000'000'000);
    std::tm parts{};
    ::localtime_r(&whole, &parts);
    char text[32];
    const auto length = std::strftime(text, sizeof text, "%F %T", &parts);
    return fmt::format("{}.{:03}", std::string_view(text, length), ns / 1'000'000 % 1000);
}

}  // namespace

log_form present_log_form() noexcept {
    return std::getenv("JOURNAL_STREAM") != nullptr ? log_form::journald : log_form::terminal;
}

std::string log_line(log_form form, severity level, std::string_view message, wall_time now) {
    auto line = form == log_form::journald
                    ? fmt::format("<{}>{}", static_cast<int>(level), message)
                    : fmt::format("{} {}: {}", time_of_day(now), word_of(level), message);
    std::ranges::replace_if(
        line, [](char c) { return c == '\n' || c == '\r' || c == '\0'; }, ' ');
    line.push_back('\n');
    return line;
}

void stderr_log::write(severity level, std::string_view message) noexcept {
    try {
        const auto line = log_line(form_, level, message, time_.now().wall);
        // Where standard error is gone there is nobody left to tell.
        static_cast<void>(write_all(STDERR_FILENO, line));
    } catch (...) {
        // No memory for a line of log: the relay goes on without it.
    }
}

}  // namespace relay::ops
