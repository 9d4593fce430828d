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

TEST(sole_speakers, the_first_one_is_heard_and_the_others_are_not) {
    sole_speakers speakers(100);

    for (int cycle = 0; cycle < 10; ++cycle) {
        const auto now = noon + cycle * 10 * second;
        EXPECT_TRUE(speakers.hears(ceph, node(2), now));
        EXPECT_FALSE(speakers.hears(ceph, node(1), now + second));
        EXPECT_FALSE(speakers.hears(ceph, node(3), now + 2 * second));
    }
}

TEST(sole_speakers, another_one_is_heard_after_a_silence) {
    sole_speakers speakers(100);
    EXPECT_TRUE(speakers.hears(ceph, node(1), noon));

    EXPECT_FALSE(speakers.hears(ceph, node(2), noon + 60 * second));
    EXPECT_TRUE(speakers.hears(ceph, node(2), noon + 61 * second));

    EXPECT_FALSE(speakers.hears(ceph, node(1), noon + 62 * second));
}

TEST(sole_speakers, a_higher_rank_is_heard_at_once) {
    sole_speakers speakers(100);
    EXPECT_TRUE(speakers.hears(ceph, node(1), noon));

    EXPECT_TRUE(speakers.hears(ceph, api, noon + 1));
    EXPECT_FALSE(speakers.hears(ceph, node(1), noon + 600 * second));

    EXPECT_TRUE(speakers.hears(ceph, node(1), noon + 1000 * second));
}

TEST(sole_speakers, different_things_have_different_speakers) {
    sole_speakers speakers(100);

    EXPECT_TRUE(speakers.hears(1, node(1), noon));
    EXPECT_TRUE(speakers.hears(2, node(2), noon));
    EXPECT_FALSE(speakers.hears(1, node(2), noon));
}

// A request that was lost is made again of the same lines, and must be the same.
TEST(sole_speakers, a_walk_over_a_change_gives_the_same_again) {
    sole_speakers speakers(100);
    const auto walk = [&] {
        std::vector<bool> heard;
        for (int at = 0; at < 30; ++at) {
            const auto now = noon + at * 10 * second;
            if (at < 5) heard.push_back(speakers.hears(ceph, node(1), now));
            heard.push_back(speakers.hears(ceph, node(2), now + second));
        }
        return heard;
    };

    const auto first = walk();
    EXPECT_EQ(walk(), first);
}

TEST(sole_speakers, a_replay_of_older_lines_begins_afresh) {
    sole_speakers speakers(100);
    EXPECT_TRUE(speakers.hears(ceph, node(1), noon));
    EXPECT_TRUE(speakers.hears(ceph, node(2), noon + 100 * second));

    EXPECT_TRUE(speakers.hears(ceph, node(3), noon - 3600 * second));
    EXPECT_FALSE(speakers.hears(ceph, node(1), noon - 3600 * second));
}

TEST(sole_speakers, memory_is_bounded) {
    sole_speakers speakers(10);
    for (std::uint64_t what = 0; what < 1000; ++what)
        EXPECT_TRUE(speakers.hears(what, node(1), noon));
}

}  // namespace
}  // namespace relay::sinks
