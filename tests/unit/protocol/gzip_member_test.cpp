#include "protocol/gzip_member.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace relay::protocol {
namespace {

using engine = gzip_compressor::engine;

std::string compress(std::string_view text, std::string_view extra = {},
                     engine which = engine::isal) {
    std::string member;
    gzip_compressor(which).compress(text, extra, member);
    return member;
}

// What any gzip reader makes of it.
std::string zlib_inflate(std::string_view member) {
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, 16 + MAX_WBITS), Z_OK);
    std::string text(4 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.data()));
    stream.avail_in = static_cast<uInt>(member.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    return text;
}

std::string lines(std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += "system,cluster=lab,object=qemu,vmid=" + std::to_string(100 + i % 50) + " cpu=0." +
                std::to_string(i * 7919 % 1000) + ",mem=" + std::to_string(i * 31) +
                " 1700000000000000000\n";
    }
    return text;
}

std::string noise(std::size_t bytes) {
    std::mt19937 random(7);
    std::string text(bytes, '\0');
    for (auto& c : text)
        c = static_cast<char>(random());
    return text;
}

std::vector<std::string> texts() {
    return {"",
            "a",
            lines(1),
            lines(1000),
            lines(20'000).substr(0, 1 << 20),
            noise(1 << 20),
            std::string(1 << 20, 'x')};
}

TEST(gzip_member, either_engine_is_read_by_us_and_by_zlib) {
    for (const auto which : {engine::isal, engine::zlib}) {
        for (const auto& text : texts()) {
            const auto member = compress(text, "PV\x01\x00x", which);
            EXPECT_EQ(zlib_inflate(member), text);
            std::string ours;
            const auto taken = inflate_member(member, text.size(), ours);
            ASSERT_TRUE(taken) << to_string(taken.error());
            EXPECT_EQ(*taken, member.size());
            EXPECT_EQ(ours, text);
        }
    }
}

TEST(gzip_member, is_read_into_room_that_is_there) {
    for (const auto& text : texts()) {
        const auto member = compress(text, "PV\x01\x00x");
        std::string room(text.size() + 1, '?');
        const auto taken = inflate_member(member, room);
        ASSERT_TRUE(taken) << to_string(taken.error());
        EXPECT_EQ(*taken, text.size());
        EXPECT_EQ(room, text + "?");
        if (text.size() < 2) continue;
        const auto short_of = inflate_member(member, std::span(room).first(text.size() - 1));
        ASSERT_FALSE(short_of);
        EXPECT_EQ(short_of.error(), gzip_errc::too_large);
    }
}

TEST(gzip_member, one_compressor_gives_equal_bytes_for_equal_texts) {
    gzip_compressor compressor;
    std::string first, second, other;
    compressor.compress(lines(100), {}, first);
    compressor.compress(noise(5000), {}, other);
    compressor.compress(lines(100), {}, second);
    EXPECT_EQ(first, second);
}

TEST(gzip_member, the_extra_field_stands_whole_behind_ten_bytes) {
    const std::string extra(65'535, 'e');
    const auto member = compress("text", extra);
    EXPECT_EQ(member.substr(0, 4), std::string("\x1f\x8b\x08\x04", 4));
    EXPECT_EQ(member.substr(10, 2), "\xff\xff");
    EXPECT_EQ(member.substr(12, extra.size()), extra);
    EXPECT_EQ(zlib_inflate(member), "text");
}

TEST(gzip_member, is_appended_and_read_up_to_the_next_member) {
    auto both = compress("first", "PV");
    const auto first_bytes = both.size();
    gzip_compressor().compress("second", {}, both);
    std::string text = "kept ";

    const auto taken = inflate_member(both, 100, text);
    ASSERT_TRUE(taken);
    EXPECT_EQ(*taken, first_bytes);
    ASSERT_TRUE(inflate_member(std::string_view(both).substr(*taken), 100, text));
    EXPECT_EQ(text, "kept firstsecond");
}

TEST(gzip_member, a_bomb_ends_at_the_bound) {
    const auto bomb = compress(std::string(1 << 20, '\0'));
    std::string text = "kept";
    const auto taken = inflate_member(bomb, (1 << 20) - 1, text);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error(), gzip_errc::too_large);
    EXPECT_EQ(text, "kept");
    EXPECT_TRUE(inflate_member(bomb, 1 << 20, text));
}

TEST(gzip_member, every_shorter_beginning_is_truncated) {
    const auto member = compress(lines(3), "PVx");
    for (std::size_t bytes = 0; bytes < member.size(); ++bytes) {
        // Exactly so many bytes of heap, so that reading one too many is seen.
        const auto heap = std::make_unique<char[]>(bytes);
        member.copy(heap.get(), bytes);
        std::string text = "kept";
        const auto taken = inflate_member({heap.get(), bytes}, 1 << 20, text);
        ASSERT_FALSE(taken) << bytes;
        EXPECT_EQ(taken.error(), gzip_errc::truncated) << bytes;
        EXPECT_EQ(text, "kept");
    }
}

TEST(gzip_member, a_flipped_bit_never_gives_another_text) {
    const auto text = lines(20);
    const auto member = compress(text, "PVx");
    for (std::size_t bit = 0; bit < member.size() * 8; ++bit) {
        auto flipped = member;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        std::string read = "kept";
        const auto taken = inflate_member(flipped, 1 << 20, read);
        if (taken) {
            EXPECT_EQ(read, "kept" + text) << bit;  // the bit was one that says nothing
        } else {
            EXPECT_EQ(read, "kept") << bit;
        }
    }
}

TEST(gzip_member, name_comment_and_header_checksum_are_stepped_over) {
    const auto plain = compress("text");
    using namespace std::string_literals;
    auto dressed =
        "\x1f\x8b\x08\x1e\0\0\0\0\x04\xff"s + "\x02\0ee"s + "NAME\0"s + "COMMENT\0"s + "cc"s;
    dressed += plain.substr(10);
    std::string text;
    const auto taken = inflate_member(dressed, 100, text);
    ASSERT_TRUE(taken) << to_string(taken.error());
    EXPECT_EQ(text, "text");
}

TEST(gzip_member, anything_else_is_said_not_to_be_gzip) {
    std::string text;
    for (const std::string_view bytes : {"cpu a=1", "\x1f\x8b\x07\x00", "PK\x03\x04"}) {
        const auto taken = inflate_member(bytes, 100, text);
        ASSERT_FALSE(taken);
        EXPECT_EQ(taken.error(), gzip_errc::not_gzip);
    }
}

}  // namespace
}  // namespace relay::protocol
