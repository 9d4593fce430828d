#include "relay/journal/format.hpp"

#include "protocol/gzip_member.hpp"
#include "relay/journal/crc32c.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>

namespace relay::journal {
namespace {

record_header some_header() {
    return {.sequence = 0x1122334455667788,
            .text_bytes = 5,
            .points = 77,
            .points_before = 1'000'000'000'000,
            .oldest_ns = -5,
            .newest_ns = 1'700'000'000'000'000'000,
            .appended_ns = 1'700'000'000'123'456'789,
            .lane = {.cluster = "lab", .bucket = "über bucket", .tenant = "team-a"}};
}

std::string some_member(record_header& header) {
    std::string member;
    protocol::gzip_compressor().compress("a b=1", encode_extra(header), member);
    seal_member(member, header);
    return member;
}

// The bytes of the fenced block behind the marker.
std::string example_of_the_document() {
    std::ifstream in(std::string(RELAY_SOURCE_DIR) + "/docs/journal-format.md");
    std::string row, bytes;
    while (std::getline(in, row) && row.find("<!-- example:") == std::string::npos) {
    }
    std::getline(in, row);
    while (std::getline(in, row) && row != "```") {
        std::istringstream digits(row.substr(6, 47));
        for (unsigned value = 0; digits >> std::hex >> value;) {
            bytes.push_back(static_cast<char>(value));
        }
    }
    return bytes;
}

TEST(format, the_worked_example_of_the_document_is_true) {
    const auto member = example_of_the_document();
    const auto parsed = parse_header(member);
    ASSERT_TRUE(parsed);
    const auto& header = parsed->header;
    EXPECT_EQ(header.sequence, 1u);
    EXPECT_EQ(header.member_bytes, member.size());
    EXPECT_EQ(header.points, 1u);
    EXPECT_EQ(header.appended_ns, 1'700'000'000'123'456'789);
    EXPECT_EQ(header.oldest_ns, 1'700'000'000'000'000'000);
    EXPECT_EQ(header.newest_ns, header.oldest_ns);
    EXPECT_EQ(header.lane, (lane{.cluster = "lab", .bucket = "proxmox", .tenant = ""}));
    EXPECT_TRUE(payload_intact(member, *parsed));
    std::string text;
    ASSERT_TRUE(protocol::inflate_member(member, header.text_bytes, text));
    EXPECT_EQ(text, "cpustat,cluster=lab,host=pve1 cpu=0.25 1700000000000000000\n");
    EXPECT_EQ(text.size(), header.text_bytes);
}

TEST(format, a_header_comes_back_as_it_was) {
    auto header = some_header();
    const auto member = some_member(header);
    const auto parsed = parse_header(member);
    ASSERT_TRUE(parsed);
    const auto& back = parsed->header;
    EXPECT_EQ(back.sequence, header.sequence);
    EXPECT_EQ(back.member_bytes, member.size());
    EXPECT_EQ(back.text_bytes, header.text_bytes);
    EXPECT_EQ(back.points, header.points);
    EXPECT_EQ(back.points_before, header.points_before);
    EXPECT_EQ(back.oldest_ns, header.oldest_ns);
    EXPECT_EQ(back.newest_ns, header.newest_ns);
    EXPECT_EQ(back.appended_ns, header.appended_ns);
    EXPECT_EQ(back.lane, header.lane);
    EXPECT_TRUE(payload_intact(member, *parsed));
}

TEST(format, the_longest_lane_fits_and_one_byte_more_does_not) {
    auto header = some_header();
    header.lane = {.cluster = std::string(lane_bytes_max - 2, 'c'), .bucket = "b", .tenant = "t"};
    const auto member = some_member(header);
    ASSERT_TRUE(parse_header(member));
    EXPECT_EQ(parse_header(member)->header_bytes, header_bytes_max);
    header.lane.tenant += "t";
    EXPECT_FALSE(fits_header(header.lane));
}

TEST(format, every_flipped_bit_of_a_member_is_noticed) {
    auto header = some_header();
    const auto member = some_member(header);
    for (std::size_t bit = 0; bit < member.size() * 8; ++bit) {
        auto flipped = member;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        const auto parsed = parse_header(flipped);
        EXPECT_FALSE(parsed && payload_intact(flipped, *parsed)) << "bit " << bit;
    }
}

TEST(format, every_shorter_beginning_of_a_header_is_incomplete) {
    auto header = some_header();
    const auto member = some_member(header);
    const auto header_bytes = parse_header(member)->header_bytes;
    for (std::size_t bytes = 0; bytes < header_bytes; ++bytes) {
        // Exactly so many bytes of heap, so that reading one too many is seen.
        const auto heap = std::make_unique<char[]>(bytes);
        member.copy(heap.get(), bytes);
        const auto parsed = parse_header({heap.get(), bytes});
        ASSERT_FALSE(parsed) << bytes;
        EXPECT_EQ(parsed.error(), header_fault::incomplete) << bytes;
    }
}

TEST(format, a_header_is_found_among_garbage_and_at_a_cut_end) {
    auto header = some_header();
    const auto member = some_member(header);
    const std::string garbage = "\x1f\x8b\x08 no \x1f\x1f\x1f";
    EXPECT_EQ(find_header(garbage + member, 0), garbage.size());
    EXPECT_EQ(find_header(garbage + member.substr(0, 7), 0), garbage.size());
    EXPECT_EQ(find_header(garbage + "x", 0), std::string::npos);
    EXPECT_EQ(find_header(member + member, 1), member.size());
}

TEST(format, other_gzip_is_no_record) {
    std::string member;
    protocol::gzip_compressor().compress("a b=1", "XX\x01\x00x", member);
    const auto parsed = parse_header(member);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error(), header_fault::none);
}

TEST(crc32c, has_the_check_value_of_its_polynomial) {
    EXPECT_EQ(crc32c("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c_by_table("123456789"), 0xe3069283u);
    EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720, B.4
}

TEST(crc32c, both_twins_agree_on_every_length_and_in_pieces) {
    std::mt19937 random(11);
    std::string bytes;
    for (int length = 0; length < 300; ++length) {
        const auto whole = crc32c(bytes);
        EXPECT_EQ(whole, crc32c_by_table(bytes));
        const auto cut = bytes.size() / 3;
        const std::string_view view(bytes);
        EXPECT_EQ(whole, crc32c(view.substr(cut), crc32c(view.substr(0, cut))));
        bytes.push_back(static_cast<char>(random()));
    }
}

}  // namespace
}  // namespace relay::journal
