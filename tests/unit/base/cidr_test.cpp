#include "relay/base/cidr.hpp"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(ip_address, ipv4_is_the_same_sender_on_either_socket) {
    EXPECT_EQ(ip_address::parse("192.0.2.7"), ip_address::parse("::ffff:192.0.2.7"));
    EXPECT_EQ(to_string(*ip_address::parse("::ffff:192.0.2.7")), "192.0.2.7");
}

TEST(ip_address, brackets_and_zone_are_left_out) {
    EXPECT_EQ(to_string(*ip_address::parse("[fd00::1]")), "fd00::1");
    EXPECT_EQ(to_string(*ip_address::parse("fe80::1%eth0")), "fe80::1");
}

TEST(ip_address, what_is_no_address_is_none) {
    for (const auto* text : {"", "host", "192.0.2", "192.0.2.256", "[", "[]", "%", "1::2::3",
                             "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"}) {
        EXPECT_FALSE(ip_address::parse(text)) << text;
    }
}

TEST(ip_network, holds_the_addresses_of_its_prefix_alone) {
    struct row {
        const char* network;
        const char* inside;
        const char* outside;
    };
    for (const auto& [network, inside, outside] :
         {row{"192.0.2.0/24", "192.0.2.9", "192.0.3.9"},
          row{"192.0.2.128/25", "192.0.2.200", "192.0.2.1"},
          row{"192.0.2.7", "192.0.2.7", "192.0.2.6"}, row{"0.0.0.0/0", "203.0.113.9", "fd00::1"},
          row{"fd00::/8", "fdab::1", "fc00::1"}, row{"fe80::/10", "febf::1", "fec0::1"},
          row{"::1/128", "::1", "::2"}}) {
        const auto parsed = ip_network::parse(network);
        ASSERT_TRUE(parsed) << network;
        EXPECT_TRUE(parsed->contains(*ip_address::parse(inside))) << network;
        EXPECT_FALSE(parsed->contains(*ip_address::parse(outside))) << network;
    }
    EXPECT_TRUE(ip_network::parse("::/0")->contains(*ip_address::parse("192.0.2.1")));
}

TEST(ip_network, what_is_ambiguous_is_refused_with_a_sentence) {
    for (const auto* text : {"192.0.2.7/24", "192.0.2.0/33", "fd00::/129", "192.0.2.0/", "/24",
                             "192.0.2.0/-1", "192.0.2.0/8x", "fd00::1/64"}) {
        EXPECT_FALSE(ip_network::parse(text)) << text;
    }
}

}  // namespace
}  // namespace relay
