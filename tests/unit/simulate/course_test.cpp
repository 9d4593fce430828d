// How simulated values go on with time.
#include "relay/simulate/course.hpp"

#include <gtest/gtest.h>

namespace relay::simulate {
namespace {

TEST(course, counter_never_falls_and_keeps_its_rate) {
    for (key which = 0; which < 50; ++which) {
        auto before = counter_at(which, 1000, 0);
        for (std::int64_t second = 1; second < 200; ++second) {
            const auto now = counter_at(which, 1000, second);
            EXPECT_GE(now, before);
            EXPECT_LE(now - before, 2000u);
            before = now;
        }
    }
}

TEST(course, counter_that_has_not_begun_is_zero) {
    EXPECT_EQ(counter_at(1, 1000, 0), 0u);
    EXPECT_EQ(counter_at(1, 1000, -5), 0u);
    EXPECT_EQ(counter_at(1, 0, 1'000'000), 0u);
}

TEST(course, levels_and_shares_stay_within_their_bounds_and_move) {
    bool has_moved = false;
    for (std::int64_t second = 0; second < 1000; ++second) {
        const auto level = level_at(3, 10, 20, second);
        EXPECT_GE(level, 10u);
        EXPECT_LE(level, 20u);
        has_moved = has_moved || level != level_at(3, 10, 20, second + 1);
        EXPECT_GE(share_at(3, second), 0.0);
        EXPECT_LT(share_at(3, second), 1.0);
    }
    EXPECT_TRUE(has_moved);
}

}  // namespace
}  // namespace relay::simulate
