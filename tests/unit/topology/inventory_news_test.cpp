// What has changed goes out at once, everything every two minutes.
#include "relay/topology/inventory_news.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace relay::topology {
namespace {

using namespace std::chrono_literals;

constexpr steady_time start{1h};

TEST(inventory_news, begins_with_everything_and_not_before_there_is_something) {
    inventory_news news;

    EXPECT_FALSE(news.is_due(false, start));
    EXPECT_EQ(news.due(false), steady_time::max());
    ASSERT_TRUE(news.is_due(true, start));
    EXPECT_EQ(news.take("a v=1 5\nb v=2 5\n", start), "a v=1 5\nb v=2 5\n");
}

TEST(inventory_news, sends_what_differs_whatever_its_time) {
    inventory_news news;
    static_cast<void>(news.take("a v=1 5\nb v=2 5\n", start));

    ASSERT_TRUE(news.is_due(true, start + 5s));
    EXPECT_EQ(news.take("a v=1 6\nb v=3 6\nc v=1 6\n", start + 5s), "b v=3 6\nc v=1 6\n");
    EXPECT_EQ(news.take("b v=3 7\na v=1 7\n", start + 10s), "");
}

TEST(inventory_news, does_not_look_at_every_change) {
    inventory_news news;
    static_cast<void>(news.take("a v=1 5\n", start));

    EXPECT_FALSE(news.is_due(true, start + 4s));
    EXPECT_EQ(news.due(true), start + 5s);
}

TEST(inventory_news, repeats_everything) {
    inventory_news news;
    static_cast<void>(news.take("a v=1 5\n", start));
    static_cast<void>(news.take("a v=1 6\nb v=1 6\n", start + 60s));

    EXPECT_FALSE(news.is_due(false, start + 119s));
    ASSERT_TRUE(news.is_due(false, start + 120s));
    EXPECT_EQ(news.take("a v=1 7\nb v=1 7\n", start + 120s), "a v=1 7\nb v=1 7\n");
}

}  // namespace
}  // namespace relay::topology
