#include "relay/base/log.hpp"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(printable, lets_no_sender_forge_a_line_or_steer_a_terminal) {
    EXPECT_EQ(printable("plain text"), "plain text");
    EXPECT_EQ(printable("a\nb"), "a\\x0ab");
    EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
    EXPECT_EQ(printable("\xff"), "\\xff");
}

TEST(printable, cuts_what_is_long_and_says_so) {
    EXPECT_EQ(printable("abcdef", 3), "abc…");
    EXPECT_EQ(printable("abc", 3), "abc");
}

}  // namespace
}  // namespace relay
