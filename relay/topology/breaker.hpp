// Whether somebody who did not answer is left alone: after each failure for longer, and for good
// only until the next try. The first to find him back closes it. Pure; owned by the plan.
#pragma once

#include "relay/base/clock.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace relay::topology {

class breaker {
public:
    struct bounds {
        std::chrono::milliseconds first;
        std::chrono::milliseconds most;
    };

    explicit breaker(bounds within) noexcept : bounds_(within) {}

    /// Who is left alone is not asked.
    [[nodiscard]] bool is_open(steady_time now) const noexcept { return now < until_; }
    /// Whether the last thing heard of him was a failure.
    [[nodiscard]] bool is_tripped() const noexcept { return failures_ > 0; }
    [[nodiscard]] steady_time until() const noexcept { return until_; }

    /// Between half of the bound and the bound, which doubles with each failure in a row.
    template <class Engine>
    void failed(steady_time now, Engine& chance) {
        const auto doublings = std::min(failures_++, 20);
        const auto bound = std::min<std::chrono::milliseconds>(
            bounds_.most, bounds_.first * (std::int64_t{1} << doublings));
        std::uniform_int_distribution<std::int64_t> wait(bound.count() / 2, bound.count());
        until_ = now + std::chrono::milliseconds(wait(chance));
    }
    void succeeded() noexcept {
        failures_ = 0;
        until_ = {};
    }

private:
    bounds bounds_;
    steady_time until_{};
    int failures_ = 0;
};

}  // namespace relay::topology
