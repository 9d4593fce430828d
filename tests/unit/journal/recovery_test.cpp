#include "tests/unit/journal/journal_fixture.hpp"

#include <fstream>
#include <random>
#include <sys/stat.h>

namespace relay::journal::tests {
namespace {

class recovery_of : public journal_test {
protected:
    void fill(int first, int last) {
        const auto journal = open();
        for (int i = first; i <= last; ++i)
            put(*journal, line(i));
    }
    void append_bytes(const std::filesystem::path& to, const std::string& bytes) {
        std::ofstream(to, std::ios::binary | std::ios::app) << bytes;
    }
    void flip_byte(const std::filesystem::path& in, std::uint64_t at) {
        std::fstream file(in, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(at));
        const auto byte = static_cast<char>(file.get() ^ 0x40);
        file.seekp(static_cast<std::streamoff>(at));
        file.put(byte);
    }
    std::filesystem::path directory() const { return directory_.path() / "journal"; }
};

TEST_F(recovery_of, an_empty_directory_is_made_and_begins_at_one) {
    const auto journal = open();
    const auto sink = journal->subscribe("a", start_at::oldest);
    put(*journal, line(1));
    EXPECT_EQ(sink->read(0, contents::member, {})[0]->header.sequence, 1u);
}

TEST_F(recovery_of, every_start_writes_a_new_segment) {
    fill(1, 2);
    fill(3, 4);
    fill(5, 6);
    EXPECT_EQ(segments().size(), 3u);
    EXPECT_EQ(texts(*open()->subscribe("a", start_at::oldest)).size(), 6u);
}

TEST_F(recovery_of, torn_tail_is_set_aside) {
    fill(1, 3);
    const auto file = segments().front();
    const auto whole = std::filesystem::file_size(file);
    std::string torn(500, 'x');
    torn[0] = '\x1f';
    append_bytes(file, torn);

    const auto journal = open();
    EXPECT_EQ(std::filesystem::file_size(file), whole);
    const auto aside = file.string() + ".damaged-" + std::to_string(whole);
    ASSERT_TRUE(std::filesystem::exists(aside));
    EXPECT_EQ(std::filesystem::file_size(aside), 500u);
    EXPECT_EQ(journal->counters().damaged_bytes.value(), 500u);
    EXPECT_EQ(journal->counters().damaged_places.value(), 1u);
    EXPECT_TRUE(log_.has("torn tail"));
    EXPECT_EQ(texts(*journal->subscribe("a", start_at::oldest)).size(), 3u);
}

TEST_F(recovery_of, every_cut_of_the_last_record_costs_that_record_alone) {
    fill(1, 2);
    const auto file = segments().front();
    std::ifstream in(file, std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    const auto first = parse_header(whole)->header.member_bytes;
    for (auto bytes = first; bytes < whole.size(); bytes += 3) {
        std::filesystem::remove_all(directory());
        std::filesystem::create_directory(directory());
        std::ofstream(file, std::ios::binary) << whole.substr(0, bytes);
        const auto journal = open();
        EXPECT_EQ(texts(*journal->subscribe("a", start_at::oldest)), std::vector{line(1)}) << bytes;
        put(*journal, line(3));
        EXPECT_EQ(texts(*journal->subscribe("b", start_at::oldest)),
                  (std::vector{line(1), line(3)}));
    }
}

TEST_F(recovery_of, damage_in_the_middle_stays_and_costs_one_record) {
    fill(1, 5);
    fill(6, 7);
    const auto file = segments().front();
    const auto bytes = std::filesystem::file_size(file);
    flip_byte(file, bytes / 2);
    const auto journal = open();
    const auto sink = journal->subscribe("a", start_at::oldest);
    for (int again = 0; again < 3; ++again) {
        EXPECT_EQ(texts(*sink),
                  (std::vector{line(1), line(2), line(4), line(5), line(6), line(7)}));
    }
    EXPECT_EQ(std::filesystem::file_size(file), bytes);
    EXPECT_EQ(journal->counters().damaged_places.value(), 1u);
    EXPECT_EQ(sink->lost_records(), 1u);
    const auto losses = sink->take_losses();
    ASSERT_EQ(losses.size(), 1u);
    EXPECT_EQ(losses[0].points, 1u);
    EXPECT_EQ(losses[0].reason, "damaged");
}

TEST_F(recovery_of, a_file_without_any_record_is_left_alone) {
    std::filesystem::create_directories(directory());
    append_bytes(directory() / segment_name(7), std::string(3000, 'x'));
    {
        const auto journal = open();
        put(*journal, line(1));
        EXPECT_EQ(texts(*journal->subscribe("a", start_at::oldest)), std::vector{line(1)});
        EXPECT_EQ(journal->counters().damaged_bytes.value(), 3000u);
    }
    EXPECT_EQ(segments().back().filename(), segment_name(8));
    EXPECT_EQ(std::filesystem::file_size(segments().front()), 3000u);
}

TEST_F(recovery_of, empty_segments_are_removed) {
    std::filesystem::create_directories(directory());
    append_bytes(directory() / segment_name(3), "");
    const auto journal = open();
    EXPECT_FALSE(std::filesystem::exists(directory() / segment_name(3)));
    put(*journal, line(1));
    EXPECT_EQ(segments().front().filename(), segment_name(4));
}

TEST_F(recovery_of, sequence_is_never_reused) {
    const auto newest_of = [this](bool committing) {
        const auto journal = open();
        const auto sink = journal->subscribe("a", start_at::oldest);
        put(*journal, line(1));
        const auto newest = sink->behind().newest;
        if (committing) sink->commit({.delivered = newest, .gaps = {}});
        return newest;
    };
    EXPECT_EQ(newest_of(false), 1u);
    EXPECT_EQ(newest_of(true), 2u);
    // All segments are gone, the cursor remembers.
    for (const auto& file : segments())
        std::filesystem::remove(file);
    EXPECT_EQ(newest_of(false), 3u);
    // A torn record's sequence may be used again, for nobody was answered; a cursor's never.
    for (const auto& file : segments())
        std::filesystem::resize_file(file, 50);
    EXPECT_EQ(newest_of(false), 3u);
}

TEST_F(recovery_of, a_sink_ahead_of_the_journal_skips_nothing_new) {
    fill(1, 3);
    open()->subscribe("a", start_at::now)->commit({.delivered = 3, .gaps = {}});
    for (const auto& file : segments())
        std::filesystem::remove(file);
    fill(4, 4);
    EXPECT_EQ(texts(*open()->subscribe("a", start_at::now), 3), std::vector{line(4)});
}

TEST_F(recovery_of, a_damaged_cursor_means_oldest) {
    {
        const auto journal = open();
        put(*journal, line(1));
        journal->subscribe("a", start_at::oldest)->commit({.delivered = 1, .gaps = {}});
    }
    const auto file = directory() / cursor_file_name("a");
    std::filesystem::resize_file(file, 30);
    EXPECT_EQ(open()->subscribe("a", start_at::now)->position().delivered, 0u);
    EXPECT_TRUE(log_.has("the cursor of a is damaged"));
}

TEST_F(recovery_of, second_relay_is_refused) {
    const auto journal = open();
    const auto second =
        durable_journal::open(options(), time_, log_, std::make_shared<system_disk>());
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().find("in use by process " + std::to_string(::getpid())),
              std::string::npos)
        << second.error();
}

TEST_F(recovery_of, a_directory_that_cannot_be_made_is_named) {
    auto with = options();
    with.directory = "/proc/pverelay/journal";
    const auto refused = journal::open(with, time_, log_);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().find("/proc/pverelay/journal"), std::string::npos);
}

TEST_F(recovery_of, whatever_stands_in_the_files_it_starts_and_goes_on) {
    std::mt19937 random(3);
    fill(1, 20);
    fill(21, 40);
    for (int round = 0; round < 50; ++round) {
        auto files = segments();
        const auto& file = files[random() % files.size()];
        const auto size = std::filesystem::file_size(file);
        switch (random() % 3) {
            case 0:
                flip_byte(file, random() % size);
                break;
            case 1:
                std::filesystem::resize_file(file, random() % size + 1);
                break;
            default:
                append_bytes(file, std::string(random() % 300, '\0'));
        }
        const auto journal = open();
        put(*journal, line(1000 + round));
        const auto found = texts(*journal->subscribe("a", start_at::oldest));
        ASSERT_FALSE(found.empty());
        EXPECT_EQ(found.back(), line(1000 + round));
    }
}

}  // namespace
}  // namespace relay::journal::tests
