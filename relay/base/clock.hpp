// Time as values. Decisions receive `now`; only shells (threads, main) read a clock.
// Steady time is for waiting, wall time for timestamps; the types keep them from mixing.
#pragma once

#include <chrono>
#include <cstdint>

namespace relay {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Both clocks at one moment, as a shell hands it to a decision.
struct moment {
    steady_time steady;
    wall_time wall;
};

/// Nanoseconds since 1970-01-01 UTC, as line protocol counts time.
constexpr std::int64_t unix_nanoseconds(wall_time time) noexcept {
    return time.time_since_epoch().count();
}

/// Where a shell gets its time from. Thread-safe. Tests hand in a clock that they move by hand.
class time_source {
public:
    virtual ~time_source() = default;
    [[nodiscard]] virtual moment now() const noexcept = 0;
};

/// The machine's clocks.
class system_time final : public time_source {
public:
    [[nodiscard]] moment now() const noexcept override {
        return {.steady = std::chrono::steady_clock::now(),
                .wall = std::chrono::time_point_cast<std::chrono::nanoseconds>(
                    std::chrono::system_clock::now())};
    }
};

}  // namespace relay
