#include "relay/listen/listen_options.hpp"

#include <gmock/gmock.h>

namespace relay::listen {
namespace {

using ::testing::HasSubstr;

listen_options at(const char* address) {
    listen_options options;
    options.address = address;
    return options;
}

TEST(listen_options, wildcard_address_is_refused_unless_guarded_or_meant) {
    for (const auto* address : {"[::]:8186", "0.0.0.0:8186", ":8186"}) {
        auto options = at(address);
        ASSERT_FALSE(options.validate()) << address;
        EXPECT_THAT(options.validate().error(), HasSubstr("open = true"));

        options.open = true;
        EXPECT_TRUE(options.validate());
        options.open = false;
        options.tokens = {secret("x")};
        EXPECT_TRUE(options.validate());
        options.tokens.clear();
        options.allow = {"192.0.2.0/24"};
        EXPECT_TRUE(options.validate());
    }
    EXPECT_TRUE(at("127.0.0.1:8186").validate());
    EXPECT_TRUE(at("[::1]:0").validate());
}

TEST(listen_options, what_makes_no_sense_is_a_sentence) {
    for (const auto* address : {"", "8186", "host:8186", "::1:8186", "[::1]",
                                "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x"}) {
        EXPECT_FALSE(at(address).validate()) << address;
    }
    auto options = at("127.0.0.1:1");
    options.allow = {"192.0.2.1/24"};
    EXPECT_THAT(options.validate().error(), HasSubstr("allow: "));
    options.allow.clear();
    options.tokens = {secret("")};
    EXPECT_THAT(options.validate().error(), HasSubstr("empty token"));
    options.tokens = {secret("x")};
    options.kind = listen_kind::udp;
    EXPECT_THAT(options.validate().error(), HasSubstr("no token"));
    options.tokens.clear();
    options.limits.answer_wait = {};
    EXPECT_THAT(options.validate().error(), HasSubstr("answer_wait"));
    options.limits.answer_wait = std::chrono::milliseconds(1);
    options.threads = 0;
    EXPECT_THAT(options.validate().error(), HasSubstr("threads"));
}

TEST(listen_options, only_networks_on_the_list_may_speak) {
    const auto networks = parse_networks({"192.0.2.0/24", "fd00::/8", "198.51.100.7"});
    ASSERT_TRUE(networks);

    for (const auto* address : {"192.0.2.255", "::ffff:192.0.2.1", "fdff::1", "198.51.100.7"}) {
        EXPECT_TRUE(allowed(*networks, *ip_address::parse(address))) << address;
    }
    for (const auto* address : {"192.0.3.0", "fe80::1%eth0", "198.51.100.6", "::1"}) {
        EXPECT_FALSE(allowed(*networks, *ip_address::parse(address))) << address;
    }
    EXPECT_TRUE(allowed({}, *ip_address::parse("203.0.113.1")));
}

}  // namespace
}  // namespace relay::listen
