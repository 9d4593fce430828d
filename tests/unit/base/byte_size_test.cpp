#include "relay/base/byte_size.hpp"

#include <gtest/gtest.h>

namespace relay {
namespace {

TEST(byte_size, reads_what_people_write) {
    EXPECT_EQ(parse_byte_size("0"), byte_size{0});
    EXPECT_EQ(parse_byte_size("4096"), byte_size{4096});
    EXPECT_EQ(parse_byte_size("64KiB"), 64_KiB);
    EXPECT_EQ(parse_byte_size("10 GiB"), 10_GiB);
    EXPECT_EQ(parse_byte_size("1.5MiB"), byte_size{3 << 19});
    EXPECT_EQ(parse_byte_size("10MB"), byte_size{10'000'000});
}

TEST(byte_size, refuses_what_is_none_and_says_how_to_write_it) {
    for (const auto* text :
         {"", "MiB", "-1", "1XiB", "1 Mib", "ten", "1e30", "9000000TiB", "nan"}) {
        const auto size = parse_byte_size(text);
        ASSERT_FALSE(size) << text;
        EXPECT_NE(size.error().find("64MiB"), std::string::npos);
    }
}

TEST(byte_size, prints_for_people) {
    EXPECT_EQ(to_string(byte_size{512}), "512 B");
    EXPECT_EQ(to_string(64_MiB), "64.0 MiB");
    EXPECT_EQ(to_string(byte_size{10'737'418'240}), "10.0 GiB");
}

}  // namespace
}  // namespace relay
