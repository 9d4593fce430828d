// Writer and reader of one segment, without threads.
#include "protocol/gzip_member.hpp"
#include "relay/journal/format.hpp"
#include "relay/journal/segment_reader.hpp"
#include "relay/journal/segment_writer.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/journal/faulty_disk.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace relay::journal::tests {
namespace {

class segment_file_test : public ::testing::Test {
protected:
    segment_writer new_writer() {
        auto file = std::make_shared<segment_file>();
        file->number = 1;
        file->path = path_;
        file->fd = *disk_.open(path_, O_RDWR | O_CREAT);
        return {disk_, std::move(file)};
    }
    static std::string member(sequence which) {
        record_header header;
        header.sequence = which;
        const auto text = "cpu v=" + std::to_string(which) + "\n";
        header.text_bytes = static_cast<std::uint32_t>(text.size());
        std::string made;
        protocol::gzip_compressor().compress(text, encode_extra(header), made);
        seal_member(made, header);
        return made;
    }
    void put(const std::string& bytes) { std::ofstream(path_, std::ios::binary) << bytes; }

    std::vector<sequence> read_all() {
        auto reader = *segment_reader::open(path_);
        const auto end = std::filesystem::file_size(path_);
        std::vector<sequence> found;
        std::string into;
        while (const auto parsed = reader.peek(end)) {
            if (reader.load(*parsed, end, into)) found.push_back(parsed->header.sequence);
        }
        EXPECT_EQ(reader.position(), end);
        damage_ = reader.take_damage();
        return found;
    }

    relay::tests::temporary_directory directory_;
    const std::filesystem::path path_ = directory_.path() / "0000000001.lp.gz";
    faulty_disk disk_;
    std::vector<damaged_range> damage_;
};

using sequences = std::vector<sequence>;

TEST_F(segment_file_test, what_is_written_is_read) {
    auto writer = new_writer();
    EXPECT_EQ(*writer.append(member(1)), 0u);
    EXPECT_EQ(*writer.append(member(2)), member(1).size());
    EXPECT_EQ(read_all(), (sequences{1, 2}));
    EXPECT_TRUE(damage_.empty());
}

TEST_F(segment_file_test, a_short_write_is_cut_back_to_the_last_good_offset) {
    auto writer = new_writer();
    ASSERT_TRUE(writer.append(member(1)));
    disk_.shorten_next_write(10);
    EXPECT_FALSE(writer.append(member(2)));
    EXPECT_EQ(writer.bytes(), member(1).size());
    EXPECT_GT(std::filesystem::file_size(path_), member(1).size());
    EXPECT_FALSE(writer.cut_back());
    EXPECT_EQ(std::filesystem::file_size(path_), member(1).size());
}

TEST_F(segment_file_test, flipped_bit_costs_one_record) {
    const auto first = member(1), second = member(2), third = member(3);
    for (std::size_t at = 0; at < second.size(); ++at) {
        auto flipped = second;
        flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
        put(first + flipped + third);
        EXPECT_EQ(read_all(), (sequences{1, 3})) << at;
        EXPECT_EQ(damage_, (std::vector<damaged_range>{{first.size(), second.size()}})) << at;
    }
}

TEST_F(segment_file_test, garbage_between_records_is_passed_over) {
    const std::string garbage(200'000, '\x1f');  // looks like a beginning at every byte
    put(member(1) + garbage + member(2) + garbage);
    EXPECT_EQ(read_all(), (sequences{1, 2}));
    ASSERT_EQ(damage_.size(), 2u);
    EXPECT_EQ(damage_[0], (damaged_range{member(1).size(), garbage.size()}));
}

TEST_F(segment_file_test, every_cut_leaves_the_records_before_it) {
    const auto whole = member(1) + member(2);
    for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
        put(whole.substr(0, bytes));
        EXPECT_EQ(read_all(), bytes < member(1).size() ? sequences{} : sequences{1}) << bytes;
    }
}

TEST_F(segment_file_test, a_header_that_reaches_across_two_scans_is_found) {
    // The search goes in steps of 64 KiB.
    for (const std::size_t shift : {1u, 8u, 15u, 40u, 89u}) {
        put(std::string((64 << 10) + 1 - shift, 'x') + member(7));
        EXPECT_EQ(read_all(), sequences{7}) << shift;
    }
}

TEST_F(segment_file_test, nothing_beyond_the_published_end_is_read) {
    put(member(1) + member(2));
    auto reader = *segment_reader::open(path_);
    const auto end = member(1).size();
    const auto first = reader.peek(end);
    ASSERT_TRUE(first);
    reader.skip(*first);
    EXPECT_FALSE(reader.peek(end));
    // … and it goes on where it stopped when more was published.
    const auto second = reader.peek(end + member(2).size());
    ASSERT_TRUE(second);
    EXPECT_EQ(second->header.sequence, 2u);
    EXPECT_TRUE(reader.take_damage().empty());
}

TEST_F(segment_file_test, a_file_that_became_shorter_ends_and_does_not_loop) {
    put(member(1));
    auto reader = *segment_reader::open(path_);
    const auto parsed = reader.peek(10'000'000);
    ASSERT_TRUE(parsed);
    reader.skip(*parsed);
    EXPECT_FALSE(reader.peek(10'000'000));
    EXPECT_EQ(reader.position(), 10'000'000u);
}

}  // namespace
}  // namespace relay::journal::tests
