#include "relay/base/backoff.hpp"

#include <gtest/gtest.h>

#include <random>

namespace relay {
namespace {

using namespace std::chrono_literals;

TEST(backoff, waits_stay_below_a_bound_that_doubles_up_to_the_most) {
    std::mt19937_64 engine(7);
    backoff waits({.first = 500ms, .most = 60'000ms});

    for (auto bound = 500ms; bound < 60'000ms;
         bound = std::min<std::chrono::milliseconds>(bound * 2, 60'000ms)) {
        const auto wait = waits.next(engine);
        EXPECT_GE(wait, 1ms);
        EXPECT_LE(wait, bound);
    }
    for (int i = 0; i < 1000; ++i)
        EXPECT_LE(waits.next(engine), 60'000ms);
}

TEST(backoff, uses_the_whole_range) {
    std::mt19937_64 engine(7);
    std::chrono::milliseconds least{60'000};
    std::chrono::milliseconds most{0};
    backoff waits({.first = 60'000ms, .most = 60'000ms});

    for (int i = 0; i < 1000; ++i) {
        const auto wait = waits.next(engine);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }

    EXPECT_LT(least, 1'000ms);
    EXPECT_GT(most, 59'000ms);
}

TEST(backoff, begins_again_after_a_reset) {
    std::mt19937_64 engine(7);
    backoff waits({.first = 500ms, .most = 60'000ms});
    for (int i = 0; i < 10; ++i)
        static_cast<void>(waits.next(engine));

    waits.reset();

    EXPECT_EQ(waits.tries(), 0);
    EXPECT_LE(waits.next(engine), 500ms);
}

}  // namespace
}  // namespace relay
