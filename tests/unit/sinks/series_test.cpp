// Which series a request holds, and how many a sink may feed.

#include "sinks/request_series.hpp"
#include "sinks/series_budget.hpp"

#include <gtest/gtest.h>

namespace relay::sinks {
namespace {

using seen = request_series::seen;

TEST(request_series, knows_what_it_has_and_when) {
    request_series series;
    ASSERT_TRUE(series.begin(100));
    EXPECT_EQ(series.add(7 << 8), seen::never);
    EXPECT_EQ(series.add(7 << 8), seen::same_time);
    ASSERT_TRUE(series.begin(101));
    EXPECT_EQ(series.add(7 << 8), seen::other_time);
    EXPECT_EQ(series.add(8 << 8), seen::never);
    ASSERT_TRUE(series.begin(100));
    EXPECT_EQ(series.add(7 << 8), seen::same_time) << "the first time stays";
    EXPECT_EQ(series.add(8 << 8), seen::other_time);
    series.clear();
    ASSERT_TRUE(series.begin(101));
    EXPECT_EQ(series.add(7 << 8), seen::never);
}

TEST(request_series, holds_many_and_those_that_collide) {
    request_series series;
    ASSERT_TRUE(series.begin(1));
    EXPECT_EQ(series.add(0), seen::never) << "zero is a fingerprint like any other";
    EXPECT_EQ(series.add(0), seen::same_time);
    for (std::uint64_t i = 1; i < 3'000; ++i) {
        ASSERT_EQ(series.add(i << 8), seen::never);  // the bits that say where are all alike
        ASSERT_EQ(series.add(1 << 8), seen::same_time);
    }
    for (std::uint64_t i = 2; i < 100'000; ++i)
        ASSERT_EQ(series.add(i * 0x9e3779b97f4a7c15), seen::never);
    ASSERT_TRUE(series.begin(2));
    for (std::uint64_t i = 2; i < 100'000; ++i) {
        ASSERT_EQ(series.add(i * 0x9e3779b97f4a7c15), seen::other_time);
    }
}

TEST(request_series, has_room_for_so_many_times) {
    request_series series;
    for (std::int64_t time = 0; time < 255; ++time)
        ASSERT_TRUE(series.begin(time));
    EXPECT_FALSE(series.begin(255));
    EXPECT_TRUE(series.begin(7)) << "one that it knows";
    series.clear();
    EXPECT_TRUE(series.begin(255));
}

constexpr std::int64_t minute = 60'000'000'000;

TEST(series_budget, a_new_line_beyond_the_bound_is_left_out) {
    series_budget budget(10);
    budget.begin(1000 * minute);
    EXPECT_TRUE(budget.admit(1, 6));
    EXPECT_FALSE(budget.admit(2, 5));
    EXPECT_TRUE(budget.admit(3, 4));
    EXPECT_EQ(budget.series(), 10u);
    EXPECT_TRUE(budget.admit(1, 6)) << "who is in stays in";
    EXPECT_TRUE(budget.admit(1, 8)) << "even with a field more";
    EXPECT_EQ(budget.series(), 12u);
    EXPECT_TRUE(budget.admit(1, 2));
    EXPECT_EQ(budget.series(), 12u) << "a line counts the most it had";
}

TEST(series_budget, what_is_not_seen_for_two_hours_is_forgotten) {
    series_budget budget(10);
    budget.begin(1000 * minute);
    EXPECT_TRUE(budget.admit(1, 5));
    EXPECT_TRUE(budget.admit(2, 5));

    budget.begin(1061 * minute);
    EXPECT_TRUE(budget.admit(1, 5));
    EXPECT_EQ(budget.series(), 10u);
    EXPECT_FALSE(budget.admit(3, 5)) << "2 was seen within two hours";

    budget.begin(1122 * minute);
    budget.begin_request({.record = 7, .unit = 0});
    EXPECT_EQ(budget.series(), 5u);
    EXPECT_TRUE(budget.admit(3, 5));
    EXPECT_FALSE(budget.admit(2, 5));
}

TEST(series_budget, what_was_left_out_stays_out_of_what_is_sent_again) {
    series_budget budget(10);
    budget.begin_request({.record = 1, .unit = 0});
    EXPECT_TRUE(budget.admit(1, 6));
    EXPECT_FALSE(budget.admit(2, 5));
    EXPECT_FALSE(budget.admit(2, 1));
    budget.end_request({.record = 2, .unit = 30});

    for (const auto& from : {unit_place{1, 0}, unit_place{2, 29}}) {
        budget.begin_request(from);
        EXPECT_FALSE(budget.admit(2, 1));
        budget.end_request({.record = 2, .unit = 29});
    }
    budget.begin_request({.record = 2, .unit = 30});
    EXPECT_TRUE(budget.admit(2, 1));
}

TEST(series_budget, a_replay_of_older_records_forgets_nothing) {
    series_budget budget(10);
    budget.begin(1000 * minute);
    EXPECT_TRUE(budget.admit(1, 10));
    budget.begin(10 * minute);
    budget.begin(20 * minute);
    EXPECT_FALSE(budget.admit(2, 1));
    EXPECT_TRUE(budget.admit(1, 10));
}

}  // namespace
}  // namespace relay::sinks
