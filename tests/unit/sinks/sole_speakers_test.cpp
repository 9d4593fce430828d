// One source for a series: who is heard stays heard as long as it speaks.
#include "sinks/sole_speakers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace relay::sinks {
namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t noon = 1'755'785'270 * second;
constexpr std::uint64_t ceph = 1;

sole_speakers::voice node(std::uint64_t number) {
    return {.speaker = number, .rank = 0, .silence_ns = 60 * second};
}

constexpr sole_speakers::voice api{.speaker = 100, .rank = 1, .silence_ns = 900 * second};

/// In a journal that has a record for each nanosecond.
bool hears(sole_speakers& speakers, std::uint64_t what, const sole_speakers::voice& of,
           std::int64_t time_ns) {
    return speakers.hears(what, of, {static_cast<std::uint64_t>(time_ns), 0}, time_ns);
}

TEST(sole_speakers, the_first_one_is_heard_and_the_others_are_not) {
    sole_speakers speakers(100);

    for (int cycle = 0; cycle < 10; ++cycle) {
        const auto now = noon + cycle * 10 * second;
        EXPECT_TRUE(hears(speakers, ceph, node(2), now));
        EXPECT_FALSE(hears(speakers, ceph, node(1), now + second));
        EXPECT_FALSE(hears(speakers, ceph, node(3), now + 2 * second));
    }
}

TEST(sole_speakers, another_one_is_heard_after_a_silence) {
    sole_speakers speakers(100);
    EXPECT_TRUE(hears(speakers, ceph, node(1), noon));

    EXPECT_FALSE(hears(speakers, ceph, node(2), noon + 60 * second));
    EXPECT_TRUE(hears(speakers, ceph, node(2), noon + 61 * second));

    EXPECT_FALSE(hears(speakers, ceph, node(1), noon + 62 * second));
}

TEST(sole_speakers, a_higher_rank_is_heard_at_once) {
    sole_speakers speakers(100);
    EXPECT_TRUE(hears(speakers, ceph, node(1), noon));

    EXPECT_TRUE(hears(speakers, ceph, api, noon + 1));
    EXPECT_FALSE(hears(speakers, ceph, node(1), noon + 600 * second));

    EXPECT_TRUE(hears(speakers, ceph, node(1), noon + 1000 * second));
}

TEST(sole_speakers, who_was_heard_before_is_not_heard_with_what_comes_late) {
    sole_speakers speakers(100);
    EXPECT_TRUE(speakers.hears(ceph, node(1), {1, 0}, noon));
    EXPECT_FALSE(speakers.hears(ceph, api, {2, 0}, noon));  // no newer than what was heard
    EXPECT_TRUE(speakers.hears(ceph, api, {3, 0}, noon + 10 * second));

    EXPECT_FALSE(speakers.hears(ceph, node(1), {4, 0}, noon + 5 * second));
    EXPECT_TRUE(speakers.hears(ceph, node(1), {1, 0}, noon));  // a request that is made again
}

TEST(sole_speakers, different_things_have_different_speakers) {
    sole_speakers speakers(100);

    EXPECT_TRUE(hears(speakers, 1, node(1), noon));
    EXPECT_TRUE(hears(speakers, 2, node(2), noon));
    EXPECT_FALSE(hears(speakers, 1, node(2), noon));
}

// A request that was lost is made again of the same lines, and must be the same.
TEST(sole_speakers, a_walk_over_a_change_gives_the_same_again) {
    sole_speakers speakers(100);
    const auto walk = [&] {
        std::vector<bool> heard;
        for (int at = 0; at < 30; ++at) {
            const auto now = noon + at * 10 * second;
            if (at < 5) heard.push_back(hears(speakers, ceph, node(1), now));
            heard.push_back(hears(speakers, ceph, node(2), now + second));
        }
        return heard;
    };

    const auto first = walk();
    EXPECT_EQ(walk(), first);
}

TEST(sole_speakers, a_replay_of_older_lines_begins_afresh) {
    sole_speakers speakers(100);
    EXPECT_TRUE(hears(speakers, ceph, node(1), noon));
    EXPECT_TRUE(hears(speakers, ceph, node(2), noon + 100 * second));

    EXPECT_TRUE(hears(speakers, ceph, node(3), noon - 3600 * second));
    EXPECT_FALSE(hears(speakers, ceph, node(1), noon - 3600 * second));
}

TEST(sole_speakers, memory_is_bounded) {
    sole_speakers speakers(10);
    for (std::uint64_t what = 0; what < 1000; ++what)
        EXPECT_TRUE(hears(speakers, what, node(1), noon));
}

}  // namespace
}  // namespace relay::sinks
