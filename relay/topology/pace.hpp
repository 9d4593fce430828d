// How much of something there may be, requests a cluster is asked to bear or lines of log: a bucket
// of allowances that fills steadily and is full at the start, so that the first need not wait.
// Pure; owned by the plan.
#pragma once

#include "relay/base/clock.hpp"

#include <algorithm>
#include <chrono>

namespace relay::topology {

class pace {
public:
    /// What a start needs: rights, version, status, nodes and resources, and the first of the rest.
    static constexpr double burst = 10;

    /// @param per_second the average of a few minutes; a tenth of it pays for the burst
    pace(double per_second, steady_time now) noexcept : rate_(per_second * 0.9), filled_(now) {}

    /// When one more may go.
    [[nodiscard]] steady_time ready(steady_time now) const noexcept {
        const auto missing = 1 - level(now);
        if (missing <= 0) return now;
        const std::chrono::duration<double> wait(missing / rate_);
        // Rounded up: a moment early would only mean another look.
        return now + std::chrono::ceil<std::chrono::milliseconds>(wait);
    }
    void take(steady_time now) noexcept {
        level_ = level(now) - 1;
        filled_ = now;
    }

private:
    [[nodiscard]] double level(steady_time now) const noexcept {
        const std::chrono::duration<double> passed = now - filled_;
        return std::min(burst, level_ + passed.count() * rate_);
    }

    double rate_;
    double level_ = burst;
    steady_time filled_;
};

}  // namespace relay::topology
