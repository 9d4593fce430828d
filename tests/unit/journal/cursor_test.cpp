#include "relay/journal/cursor.hpp"

#include "relay/journal/cursor_file.hpp"
#include "relay/journal/cursor_slot.hpp"
#include "tests/support/temporary_directory.hpp"
#include "tests/unit/journal/faulty_disk.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace relay::journal::tests {
namespace {

cursor some_cursor() {
    return {.delivered = 100, .gaps = {{1, 1}, {5, 9}, {90, 100}}};
}

TEST(cursor, gap_round_trip) {
    const auto decoded = decode_cursor("influx", encode_cursor("influx", some_cursor(), 7));
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(decoded->position, some_cursor());
    EXPECT_EQ(decoded->generation, 7u);
}

TEST(cursor, the_largest_one_fits_its_slot) {
    cursor largest{.delivered = 1000, .gaps = {}};
    for (sequence i = 0; i < gaps_max; ++i)
        largest.gaps.push_back({2 * i + 1, 2 * i + 1});
    const std::string name(3000, 'n');
    const auto bytes = encode_cursor(name, largest, 1);
    EXPECT_LE(bytes.size(), cursor_slot_bytes);
    const auto decoded = decode_cursor(name, bytes + std::string(100, 'x'));
    ASSERT_TRUE(decoded) << decoded.error();
    EXPECT_EQ(decoded->position, largest);
}

TEST(cursor, every_flipped_bit_and_every_cut_is_noticed) {
    const auto bytes = encode_cursor("influx", some_cursor(), 7);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        auto flipped = bytes;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        EXPECT_FALSE(decode_cursor("influx", flipped)) << bit;
    }
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_FALSE(decode_cursor("influx", bytes.substr(0, length))) << length;
    }
}

TEST(cursor, another_sinks_is_not_taken) {
    EXPECT_FALSE(decode_cursor("b", encode_cursor("a", some_cursor(), 1)));
}

TEST(cursor, file_names_are_safe_and_apart) {
    EXPECT_EQ(cursor_file_name("influx").string().substr(0, 7), "influx-");
    const std::string odd("../../etc/\0 ü\n", 14);
    const auto name = cursor_file_name(odd).string();
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-"), std::string::npos);
    EXPECT_NE(cursor_file_name("a/b"), cursor_file_name("a_b"));
    EXPECT_LE(cursor_file_name(std::string(5000, 'x')).string().size(), 80u);
}

class cursor_file_test : public ::testing::Test {
protected:
    std::unique_ptr<cursor_file> file() {
        return std::make_unique<cursor_file>(disk_, directory_.path(), "influx");
    }
    void damage(std::size_t at) {
        std::fstream out(directory_.path() / cursor_file_name("influx"),
                         std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(static_cast<std::streamoff>(at));
        out << "XXXXXXXX";
    }
    static cursor at(sequence delivered) { return {.delivered = delivered, .gaps = {}}; }

    relay::tests::temporary_directory directory_;
    faulty_disk disk_;
};

TEST_F(cursor_file_test, the_last_write_is_found) {
    {
        const auto cursors = file();
        EXPECT_EQ(cursors->load(), cursor_file::found::none);
        for (sequence i = 1; i <= 5; ++i) {
            EXPECT_FALSE(cursors->write(at(i)));
            if (i % 2 == 0) {
                EXPECT_FALSE(cursors->sync());
            }
        }
    }
    const auto again = file();
    EXPECT_EQ(again->load(), cursor_file::found::valid);
    EXPECT_EQ(again->position(), at(5));
}

TEST_F(cursor_file_test, a_torn_slot_leaves_the_synced_one) {
    const auto cursors = file();
    EXPECT_FALSE(cursors->write(at(1)));  // slot 0
    EXPECT_FALSE(cursors->sync());
    EXPECT_FALSE(cursors->write(at(2)));  // slot 1, and again: slot 0 is what is on disk
    EXPECT_FALSE(cursors->write(at(3)));
    damage(cursor_slot_bytes + 20);
    const auto again = file();
    EXPECT_EQ(again->load(), cursor_file::found::valid);
    EXPECT_EQ(again->position(), at(1));
}

TEST_F(cursor_file_test, a_power_cut_gives_the_last_synced_one) {
    {
        const auto cursors = file();
        EXPECT_FALSE(cursors->write(at(1)));
        EXPECT_FALSE(cursors->sync());
        EXPECT_FALSE(cursors->write(at(2)));
        EXPECT_FALSE(cursors->write(at(3)));
    }
    disk_.cut_power();
    const auto again = file();
    EXPECT_EQ(again->load(), cursor_file::found::valid);
    EXPECT_EQ(again->position(), at(1));
}

TEST_F(cursor_file_test, two_damaged_slots_are_damage_and_not_a_new_sink) {
    {
        const auto cursors = file();
        EXPECT_FALSE(cursors->write(at(1)));
        EXPECT_FALSE(cursors->sync());
        EXPECT_FALSE(cursors->write(at(2)));
    }
    damage(20);
    damage(cursor_slot_bytes + 20);
    const auto again = file();
    EXPECT_EQ(again->load(), cursor_file::found::damaged);
    EXPECT_FALSE(again->damage().empty());
    // It is usable again after the next write.
    EXPECT_FALSE(again->write(at(9)));
    EXPECT_EQ(file()->load(), cursor_file::found::valid);
}

TEST_F(cursor_file_test, a_failed_write_is_told_and_the_next_one_counts) {
    const auto cursors = file();
    EXPECT_FALSE(cursors->write(at(1)));
    disk_.fail_writes(make_error_code(std::errc::io_error));
    EXPECT_TRUE(cursors->write(at(2)));
    disk_.fail_writes({});
    EXPECT_FALSE(cursors->write(at(3)));
    const auto again = file();
    EXPECT_EQ(again->load(), cursor_file::found::valid);
    EXPECT_EQ(again->position(), at(3));
}

}  // namespace
}  // namespace relay::journal::tests
