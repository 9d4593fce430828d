// When freed memory is given back to the system.
#include "relay/ops/spare_memory.hpp"

#include <gtest/gtest.h>

namespace relay::ops {
namespace {

constexpr auto much = spare_memory::worth_bytes;

TEST(spare_memory, is_given_back_when_it_is_found_twice) {
    spare_memory spare;
    EXPECT_FALSE(spare.look(much));
    EXPECT_TRUE(spare.look(much));
}

TEST(spare_memory, that_is_used_again_in_between_is_kept) {
    spare_memory spare;
    for (int round = 0; round < 3; ++round) {
        EXPECT_FALSE(spare.look(2 * much));
        EXPECT_FALSE(spare.look(much - 1));
    }
}

TEST(spare_memory, that_cannot_be_given_back_is_not_tried_again) {
    spare_memory spare;
    static_cast<void>(spare.look(3 * much));
    ASSERT_TRUE(spare.look(3 * much));
    spare.given_back(2 * much);
    for (int round = 0; round < 3; ++round)
        EXPECT_FALSE(spare.look(2 * much + much / 2));
    EXPECT_FALSE(spare.look(3 * much));
    EXPECT_TRUE(spare.look(3 * much));
}

TEST(spare_memory, that_came_into_use_may_be_spare_once_more) {
    spare_memory spare;
    spare.given_back(2 * much);
    EXPECT_FALSE(spare.look(much / 2));
    EXPECT_FALSE(spare.look(2 * much));
    EXPECT_TRUE(spare.look(2 * much));
}

TEST(spare_memory, of_this_process_can_be_told) {
    EXPECT_TRUE(spare_heap_bytes());
}

}  // namespace
}  // namespace relay::ops
