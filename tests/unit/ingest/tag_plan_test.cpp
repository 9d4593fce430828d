#include "relay/ingest/tag_plan.hpp"

#include "protocol/line_writer.hpp"
#include "relay/ingest/canonical.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace relay::ingest {
namespace {

using protocol::tag;

const constant_tags& ours() {
    static const auto made = make_constant_tags("lab", {{"aa", "x y"}, {"host", "mine"}});
    return made;
}

/// The series key as it goes out, of tags that are no views into any input.
std::string series_key_of(std::vector<tag> tags, const tag_plan& plan,
                          const constant_tags& constants = ours()) {
    protocol::point point;
    point.measurement = "m";
    point.tags = tags;
    std::string out;
    append_series_key(out, point, {}, plan, constants);
    return out;
}

/// The plain twin: a map sorts, and what comes last wins.
std::string expected_key(const std::vector<tag>& tags, const constant_tags& constants) {
    std::map<std::string_view, std::string> sorted;
    for (const auto& tag : tags) {
        protocol::append_tag(sorted[tag.key], tag.key, tag.value);
    }
    for (std::size_t i = 0; i < constants.keys->size(); ++i) {
        const auto begin = constants.ends[i];
        sorted[(*constants.keys)[i]] =
            constants.written.substr(begin, constants.ends[i + 1] - begin);
    }
    std::string out = "m";
    for (const auto& [key, written] : sorted) {
        out += written;
    }
    return out;
}

TEST(tag_plan, sorts_tags_and_puts_the_constant_ones_among_them) {
    tag_planner planner;
    const std::vector<tag> tags{{"object", "qemu"}, {"vmid", "100"}, {"cluster", "theirs"}};

    const auto& plan = planner.plan_of(tags, ours().keys);

    EXPECT_EQ(series_key_of(tags, plan), "m,aa=x\\ y,cluster=lab,host=mine,object=qemu,vmid=100");
    EXPECT_EQ(plan.replaced, 1U) << "cluster";
    EXPECT_EQ(plan.foreign, 1U) << "cluster is no tag of Proxmox's";
    EXPECT_EQ(plan.object, 0U);
    EXPECT_EQ(plan.vmid, 1U);
    EXPECT_FALSE(plan.host);
}

TEST(tag_plan, of_no_tags_is_the_constant_ones) {
    tag_planner planner;
    EXPECT_EQ(series_key_of({}, planner.plan_of({}, ours().keys)),
              "m,aa=x\\ y,cluster=lab,host=mine");
    const constant_tags none;
    EXPECT_EQ(series_key_of({}, planner.plan_of({}, none.keys), none), "m");
}

TEST(tag_plan, is_not_mistaken_for_that_of_another_lane) {
    tag_planner planner;
    const auto theirs = make_constant_tags("other", {});
    const std::vector<tag> tags{{"host", "a"}};

    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(series_key_of(tags, planner.plan_of(tags, ours().keys)),
                  expected_key(tags, ours()));
        EXPECT_EQ(series_key_of(tags, planner.plan_of(tags, theirs.keys), theirs),
                  "m,cluster=other,host=a");
    }
}

// Keys of all lengths that differ in one byte anywhere, more combinations than are remembered.
TEST(tag_plan, remembered_equals_worked_out_again) {
    constexpr unsigned seed = 7;
    std::mt19937 random(seed);
    std::vector<std::string> keys{"host", "object", "vmid", "aa"};
    for (std::size_t bytes = 1; bytes <= 20; ++bytes) {
        for (std::size_t at = 0; at < bytes; ++at) {
            std::string key(bytes, 'k');
            key[at] = 'l';
            keys.push_back(key);
        }
    }
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());

    tag_planner planner;
    for (int round = 0; round < 20'000; ++round) {
        const auto first = random() % keys.size();
        const auto count = random() % 15;
        std::vector<tag> tags;
        for (std::size_t i = 0; i < count; ++i) {
            tags.push_back({keys[(first + i * (1 + round % 3)) % keys.size()], "v=1"});
        }
        std::ranges::shuffle(tags, random);
        ASSERT_EQ(series_key_of(tags, planner.plan_of(tags, ours().keys)),
                  expected_key(tags, ours()))
            << "seed " << seed << ", round " << round;
    }
}

}  // namespace
}  // namespace relay::ingest
