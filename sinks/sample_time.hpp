// The time of a sample: Prometheus counts milliseconds, points count nanoseconds.
#pragma once

#include <cstdint>

namespace relay::sinks {

/// Rounded down, before 1970 as well: a sample is never newer than its point.
[[nodiscard]] constexpr std::int64_t milliseconds(std::int64_t ns) noexcept {
    constexpr std::int64_t per_ms = 1'000'000;
    return ns / per_ms - (ns % per_ms < 0 ? 1 : 0);
}
static_assert(milliseconds(1'999'999) == 1 && milliseconds(-1) == -1 &&
              milliseconds(-1'000'000) == -1);

}  // namespace relay::sinks
