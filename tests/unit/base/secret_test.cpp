#include "relay/base/secret.hpp"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(secret, matches_itself_alone) {
    const secret token("mytoken123==");

    EXPECT_TRUE(token.matches("mytoken123=="));
    EXPECT_FALSE(token.matches("mytoken123="));
    EXPECT_FALSE(token.matches("mytoken123==x"));
    EXPECT_FALSE(token.matches("mytoken123==mytoken123=="));
    EXPECT_FALSE(token.matches(""));
}

TEST(secret, an_empty_one_matches_nothing) {
    EXPECT_FALSE(secret().matches(""));
    EXPECT_FALSE(secret("").matches("x"));
}

}  // namespace
}  // namespace relay
