// How long to wait before the next try: exponential with full jitter, so that many relays that lost
// the same store do not return to it in step (AWS Architecture Blog, "Exponential Backoff And
// Jitter", 2015: full jitter needs the fewest calls). Pure: chance is handed in.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace relay {

struct backoff_options {
    std::chrono::milliseconds first{500};    // the bound of the first wait
    std::chrono::milliseconds most{60'000};  // the bound of every later one
};

/// Not thread-safe; owned by whoever retries.
class backoff {
public:
    explicit backoff(backoff_options options) noexcept : options_(options) {}

    /// Uniform in [1 ms, bound], the bound doubling with every call up to `most`.
    template <class Engine>
    [[nodiscard]] std::chrono::milliseconds next(Engine& engine) {
        const auto doublings = std::min(tries_++, 20);
        const auto bound = std::min<std::chrono::milliseconds>(
            options_.most, options_.first * (std::int64_t{1} << doublings));
        std::uniform_int_distribution<std::int64_t> wait(1,
                                                         std::max<std::int64_t>(1, bound.count()));
        return std::chrono::milliseconds(wait(engine));
    }

    void reset() noexcept { tries_ = 0; }
    [[nodiscard]] int tries() const noexcept { return tries_; }

private:
    backoff_options options_;
    int tries_ = 0;
};

}  // namespace relay
