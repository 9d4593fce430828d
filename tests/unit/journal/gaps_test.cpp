// What a cursor owes, as a set of ranges.
#include "relay/journal/gaps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace relay::journal::tests {
namespace {

using testing::ElementsAre;

TEST(gaps, neighbours_and_overlaps_become_one) {
    cursor at{.delivered = 100, .gaps = {}};
    add_gap(at, {10, 19});
    add_gap(at, {40, 50});
    add_gap(at, {20, 25});
    add_gap(at, {45, 60});
    EXPECT_THAT(at.gaps, ElementsAre(gap{10, 25}, gap{40, 60}));
    add_gap(at, {1, 99});
    EXPECT_THAT(at.gaps, ElementsAre(gap{1, 99}));
}

TEST(gaps, what_was_never_delivered_is_no_gap) {
    cursor at{.delivered = 100, .gaps = {}};
    add_gap(at, {90, 200});
    add_gap(at, {101, 200});
    EXPECT_THAT(at.gaps, ElementsAre(gap{90, 100}));
    add_gap(at, {0, 3});
    EXPECT_THAT(at.gaps, ElementsAre(gap{1, 3}, gap{90, 100}));
    add_gap(at, {7, 5});
    EXPECT_EQ(at.gaps.size(), 2u);
}

TEST(gaps, a_part_that_was_delivered_is_cut_out) {
    cursor at{.delivered = 100, .gaps = {{10, 20}, {30, 40}}};
    remove_gap(at, {15, 16});
    remove_gap(at, {38, 60});
    remove_gap(at, {1, 10});
    EXPECT_THAT(at.gaps, ElementsAre(gap{11, 14}, gap{17, 20}, gap{30, 37}));
    EXPECT_EQ(complete_through(at), 10u);
    EXPECT_EQ(owed(at), 4u + 4u + 8u);
    remove_gap(at, {1, 100});
    EXPECT_EQ(complete_through(at), 100u);
}

TEST(gaps, the_first_that_is_missing_lies_in_a_gap_or_behind_all) {
    const cursor at{.delivered = 100, .gaps = {{10, 20}, {30, 40}}};
    EXPECT_EQ(first_missing(at, 1), 10u);
    EXPECT_EQ(first_missing(at, 15), 15u);
    EXPECT_EQ(first_missing(at, 21), 30u);
    EXPECT_EQ(first_missing(at, 41), 101u);
    EXPECT_EQ(first_missing(at, 200), 200u);
}

TEST(gaps, beyond_the_bound_the_closest_become_one) {
    cursor at{.delivered = 10'000, .gaps = {}};
    for (sequence i = 0; i < gaps_max; ++i)
        add_gap(at, {i * 100 + 10, i * 100 + 20});
    add_gap(at, {5025, 5030});
    EXPECT_EQ(at.gaps.size(), gaps_max);
    EXPECT_EQ(missing(at, 5021, 5024), 4u);  // delivered, and sent once more
    EXPECT_EQ(owed(at), gaps_max * 11 + 4 + 6);
}

TEST(gaps, are_the_set_of_what_was_added_and_not_removed) {
    std::mt19937 chance(7);
    std::uniform_int_distribution<sequence> any(1, 120);
    cursor at{.delivered = 100, .gaps = {}};
    std::set<sequence> owes;
    for (int i = 0; i < 5'000; ++i) {
        const auto a = any(chance);
        const auto b = any(chance);
        const gap range{.first = std::min(a, b), .last = std::min(std::max(a, b), a + 9)};
        if (i % 2 == 0) {
            add_gap(at, range);
        } else {
            remove_gap(at, range);
        }
        for (auto one = range.first; one <= range.last && one <= at.delivered; ++one) {
            if (i % 2 == 0) {
                owes.insert(one);
            } else {
                owes.erase(one);
            }
        }
        ASSERT_EQ(owed(at), owes.size()) << i;
        for (sequence one = 1; one <= 100; ++one)
            ASSERT_EQ(missing(at, one, one), owes.count(one)) << i << " " << one;
    }
}

}  // namespace
}  // namespace relay::journal::tests
