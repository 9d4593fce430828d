// How long the journal lasts, from what it grew by.
#include "relay/ops/journal_outlook.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace relay::ops {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t plenty = 1ULL << 40;

struct outlook_test : testing::Test {
    void look(std::uint64_t written, std::uint64_t held, std::uint64_t disk_free = plenty) {
        outlook.look({.written = written, .held = held, .max = 1'000'000, .disk_free = disk_free},
                     now);
    }
    journal_outlook outlook;
    steady_time now{1h};
};

TEST_F(outlook_test, room_by_rate) {
    look(0, 0);
    now += 10s;
    look(1000, 400'000);

    EXPECT_EQ(outlook.bytes_per_second.value(), 100);
    EXPECT_EQ(outlook.seconds_until_full.value(), 6000);
}

TEST_F(outlook_test, a_disk_that_is_nearly_full_comes_first) {
    look(0, 0);
    now += 10s;
    look(1000, 400'000, 5000);

    EXPECT_EQ(outlook.seconds_until_full.value(), 50);
    EXPECT_EQ(outlook.disk_free_bytes.value(), 5000);
}

TEST_F(outlook_test, where_nothing_arrives_it_lasts_for_ever) {
    look(500, 0);
    now += 10s;
    look(500, 0);

    EXPECT_EQ(outlook.seconds_until_full.value(), journal_outlook::longest_seconds);
}

TEST_F(outlook_test, more_than_may_be_held_is_no_room) {
    look(0, 0);
    now += 10s;
    look(1000, 1'200'000);

    EXPECT_EQ(outlook.seconds_until_full.value(), 0);
}

TEST_F(outlook_test, what_was_long_ago_does_not_count) {
    std::uint64_t written = 0;
    for (int i = 0; i < 60; ++i, now += 10s)
        look(written += 10'000, 0);
    for (int i = 0; i < 40; ++i, now += 10s)
        look(written += 100, 0);

    EXPECT_EQ(outlook.bytes_per_second.value(), 10);
}

TEST_F(outlook_test, looking_more_often_changes_nothing) {
    look(0, 0);
    now += 10s;
    look(1000, 0);
    now += 1ms;
    look(1'000'000, 0);

    EXPECT_EQ(outlook.bytes_per_second.value(), 100);
}

}  // namespace
}  // namespace relay::ops
