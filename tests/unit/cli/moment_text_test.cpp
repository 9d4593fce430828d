#include "relay/cli/moment_text.hpp"

#include <gmock/gmock.h>

namespace relay::cli {
namespace {

constexpr std::int64_t now = 1'755'785'270'000'000'000;

TEST(moment_text, a_span_is_so_long_ago) {
    EXPECT_EQ(parse_moment("now", now), now);
    EXPECT_EQ(parse_moment("2h", now), now - 7'200'000'000'000);
    EXPECT_EQ(parse_moment("1h30m", now), now - 5'400'000'000'000);
    EXPECT_EQ(parse_moment("250ms", now), now - 250'000'000);
}

TEST(moment_text, a_moment_is_itself_whatever_the_clock_says) {
    EXPECT_EQ(parse_moment("2025-08-21T14:07:50Z", 0), now);
    EXPECT_EQ(parse_moment("1970-01-02", now), 86'400'000'000'000);
}

TEST(moment_text, anything_else_is_refused_with_an_example) {
    for (const std::string text : {"", "yesterday", "5", "-2h", "2025-99-01"}) {
        const auto read = parse_moment(text, now);
        ASSERT_FALSE(read) << text;
        EXPECT_THAT(read.error(), testing::HasSubstr("2h"));
    }
}

}  // namespace
}  // namespace relay::cli
