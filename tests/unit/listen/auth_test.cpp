#include "relay/listen/auth.hpp"

#include <gtest/gtest.h>

namespace relay::listen {
namespace {

const std::vector<secret> tokens{secret("one"), secret("mytoken123=="), secret("joe:pw")};

bool opens(std::string_view header, std::string_view target = "/api/v2/write") {
    return find_match(presented(header, parse_target(target)), tokens) != nullptr;
}

TEST(auth, every_way_of_presenting_a_token_opens) {
    EXPECT_TRUE(opens("Token mytoken123=="));
    EXPECT_TRUE(opens("token mytoken123=="));
    EXPECT_TRUE(opens("TOKEN  one "));
    EXPECT_TRUE(opens("Bearer one"));
    EXPECT_TRUE(opens("Token anyone:one"));    // user:password, the password is the token
    EXPECT_TRUE(opens("Token joe:pw"));        // or the pair is
    EXPECT_TRUE(opens("Basic YW55Om9uZQ=="));  // any:one
    EXPECT_TRUE(opens("basic am9lOnB3"));      // joe:pw
    EXPECT_TRUE(opens("", "/write?db=x&u=any&p=one"));
    EXPECT_TRUE(opens("", "/write?db=x&u=joe&p=pw"));
}

TEST(auth, anything_else_does_not) {
    for (const auto* header :
         {"", "one", "Token", "Token ", "Token two", "Token on", "Token onee", "Tokenone", "Basic",
          "Basic !!!!", "Basic b25", "Digest one", "Basic am9lOnB4", "Bearer  "}) {
        EXPECT_FALSE(opens(header)) << header;
    }
    EXPECT_FALSE(opens("", "/write?p=one"));  // without a user there is no pair
    EXPECT_FALSE(opens("", "/write?u=joe"));
}

TEST(auth, pair_in_the_url_wins_over_the_header) {
    EXPECT_FALSE(opens("Token one", "/write?u=joe&p=wrong"));
    EXPECT_TRUE(opens("Token wrong", "/write?u=joe&p=one"));
}

TEST(auth, empty_credentials_match_no_token) {
    const std::vector<secret> careless{secret(""), secret("x")};

    EXPECT_EQ(find_match(credentials{}, careless), nullptr);
}

TEST(auth, base64_is_read_strictly) {
    EXPECT_EQ(decode_base64("YW55Om9uZQ=="), "any:one");
    EXPECT_EQ(decode_base64("YW55Om9uZQ"), "any:one");
    EXPECT_EQ(decode_base64(""), "");
    EXPECT_FALSE(decode_base64("YW5 5"));
    EXPECT_FALSE(decode_base64("YW55O"));
    EXPECT_FALSE(decode_base64("Y\xff=="));
}

}  // namespace
}  // namespace relay::listen
