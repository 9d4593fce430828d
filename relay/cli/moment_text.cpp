#include "relay/cli/moment_text.hpp"

#include "relay/base/rfc3339.hpp"
#include "relay/config/duration.hpp"

#include <fmt/format.h>

#include <chrono>

namespace relay::cli {

expected<std::int64_t, std::string> parse_moment(std::string_view text, std::int64_t now_ns) {
    if (text == "now") return now_ns;
    if (const auto absolute = parse_rfc3339(text)) return *absolute;
    if (const auto ago = config::parse_duration(text)) {
        return now_ns - std::chrono::nanoseconds(*ago).count();
    }
    return unexpected(fmt::format(
        "\"{}\" is no time: write how long ago (\"2h\", \"30m\") or \"2025-08-21T14:21:10Z\"",
        text));
}

}  // namespace relay::cli
