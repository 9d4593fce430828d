// Refused lines on their way to disk, and back.
#include "relay/journal/dead_letters.hpp"

#include "tests/unit/journal/faulty_disk.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace relay::journal::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string every_byte() {
    std::string all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    return all;
}

TEST(dead_letter, bytes_that_are_no_text_are_escaped_and_read_back) {
    for (const auto& bytes :
         {every_byte(), std::string("plain"), std::string("a\\b\\x41"), std::string("\xc3\xa9 ok"),
          std::string("\xc0\xaf\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xf5"),
          std::string("cut \xe2\x82"), std::string("\xf0\x9f\x98\x80")}) {
        EXPECT_EQ(unescape_bytes(escape_bytes(bytes)), bytes);
    }
    EXPECT_EQ(escape_bytes("\xc3\xa9\xff\\"), "\xc3\xa9\\xff\\\\");
    EXPECT_EQ(unescape_bytes("\\x4"), "\\x4");  // none of ours, and harmless
    EXPECT_EQ(unescape_bytes("\\"), "\\");
}

TEST(dead_letter, its_line_of_json_is_what_the_documentation_shows) {
    dead_letter one;
    one.time_ns = 1'755'785'270'250'000'000;
    one.listener = "[::]:8186";
    one.from = "192.0.2.11";
    one.lane = {.cluster = "lab", .bucket = "proxmox", .tenant = ""};
    one.reason = "missing field value";
    one.number = 3;
    one.offset = 17;
    one.line = "system,host=pve1 \"up\t=";
    EXPECT_EQ(to_json_line(one),
              R"({"time":"2025-08-21T14:07:50.250Z","listener":"[::]:8186","from":"192.0.2.11",)"
              R"("cluster":"lab","bucket":"proxmox","reason":"missing field value","number":3,)"
              R"("offset":17,"line":"system,host=pve1 \"up\u0009="})"
              "\n");
    one.line = "a\xff\\";
    EXPECT_THAT(to_json_line(one), HasSubstr(R"("line_escaped":"a\\xff\\\\"})"));
}

dead_letter letter(int n, std::size_t bytes = 10) {
    dead_letter one;
    one.reason = "invalid number";
    one.number = static_cast<std::uint64_t>(n);
    // Does not shrink.
    one.line = line(n, bytes);
    one.line.pop_back();
    return one;
}

class dead_letters_test : public journal_test {
protected:
    dead_letters_test() {
        std::filesystem::create_directories(place());
        options_.linger = std::chrono::milliseconds(0);
    }
    std::filesystem::path place() const { return directory_.path() / "journal"; }

    void begin() {
        box_.reset();
        box_ = std::make_unique<dead_letters>(place(), options_, disk_, log_);
        box_->notify([this] {
            const std::lock_guard guard(mutex_);
            ++wakes_;
            woken_.notify_all();
        });
    }
    void wait_for(letter_ticket ticket) {
        std::unique_lock lock(mutex_);
        woken_.wait(lock, [&] { return box_->durable_up_to() >= ticket; });
    }
    void put_and_wait(int n, std::size_t bytes = 10) { wait_for(box_->put(letter(n, bytes))); }

    /// The `number` of each letter on disk.
    std::vector<int> on_disk() {
        std::vector<int> found;
        damaged_ = 0;
        for (const auto& file : list_dead_letters(dead_letters_in(place()))) {
            damaged_ += read_dead_letters(file.path, [&found](std::string_view json) {
                const auto at = json.find("\"number\":");
                found.push_back(std::stoi(std::string(json.substr(at + 9, 10))));
            });
        }
        return found;
    }
    std::vector<dead_letter_file> files() const {
        return list_dead_letters(dead_letters_in(place()));
    }

    dead_letter_options options_;
    std::shared_ptr<faulty_disk> disk_ = std::make_shared<faulty_disk>();
    std::unique_ptr<dead_letters> box_;
    std::mutex mutex_;
    std::condition_variable woken_;
    int wakes_ = 0;
    std::uint64_t damaged_ = 0;
};

TEST_F(dead_letters_test, a_letter_is_on_disk_when_its_ticket_says_so) {
    begin();
    put_and_wait(1);
    EXPECT_THAT(on_disk(), ElementsAre(1));
    put_and_wait(2);
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
    EXPECT_EQ(files().size(), 1u);
    EXPECT_EQ(
        box_->counters().lines.with([](const auto& all) { return all; }).at({"", "invalid number"}),
        2u);
    EXPECT_EQ(box_->counters().written_bytes.value(), files()[0].bytes);
}

TEST_F(dead_letters_test, no_file_is_made_before_there_is_a_letter) {
    begin();
    box_->stop();
    EXPECT_FALSE(std::filesystem::exists(dead_letters_in(place())));
}

TEST_F(dead_letters_test, stopping_writes_what_is_queued) {
    options_.linger = std::chrono::hours(1);
    begin();
    for (int i = 1; i <= 3; ++i)
        EXPECT_NE(box_->put(letter(i)), 0u);
    box_->stop();
    EXPECT_THAT(on_disk(), ElementsAre(1, 2, 3));
    EXPECT_EQ(box_->put(letter(4)), 0u);
    EXPECT_EQ(box_->counters().overflow.value(), 1u);
}

TEST_F(dead_letters_test, a_restart_begins_a_new_file_and_keeps_the_old_one) {
    begin();
    put_and_wait(1);
    begin();
    put_and_wait(2);
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
    EXPECT_EQ(files().size(), 2u);
}

TEST_F(dead_letters_test, a_torn_or_flipped_member_costs_itself) {
    begin();
    for (int i = 1; i <= 3; ++i)
        put_and_wait(i, 100);
    box_->stop();
    const auto file = files().at(0).path;
    std::ifstream in(file, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};

    std::ofstream(file, std::ios::binary) << whole.substr(0, whole.size() - 5);
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
    EXPECT_GT(damaged_, 0u);

    auto flipped = whole;
    flipped[whole.size() / 2] = static_cast<char>(flipped[whole.size() / 2] ^ 1);
    std::ofstream(file, std::ios::binary) << flipped;
    EXPECT_THAT(on_disk(), ElementsAre(1, 3));
}

TEST_F(dead_letters_test, many_letters_and_one_of_a_megabyte_are_read_back) {
    options_.queue_bytes = 64_MiB;
    begin();
    for (int i = 1; i <= 3000; ++i)
        EXPECT_NE(box_->put(letter(i, 50)), 0u);
    auto large = letter(3001);
    large.line.assign(1 << 20, '\xff');
    wait_for(box_->put(large));
    std::string last;
    std::size_t count = 0;
    for (const auto& file : files()) {
        EXPECT_EQ(read_dead_letters(file.path,
                                    [&](std::string_view json) {
                                        ++count;
                                        last = json;
                                    }),
                  0u);
    }
    EXPECT_EQ(count, 3001u);
    EXPECT_GT(last.size(), 4u << 20);
}

TEST_F(dead_letters_test, the_oldest_file_goes_at_the_bound_and_its_lines_are_counted) {
    options_.file_bytes = 4_KiB;
    options_.max_bytes = 16_KiB;
    begin();
    for (int i = 1; i <= 40; ++i)
        put_and_wait(i, 1500);
    const auto left = on_disk();
    std::uint64_t bytes = 0;
    for (const auto& file : files())
        bytes += file.bytes;
    EXPECT_LE(bytes, options_.max_bytes.bytes);
    EXPECT_EQ(left.back(), 40);
    EXPECT_EQ(left.size(), 40 - box_->counters().dropped_lines.value());
    EXPECT_GT(box_->counters().dropped_files.value(), 2u);
    EXPECT_EQ(box_->counters().bytes.value(), static_cast<std::int64_t>(bytes));
    EXPECT_TRUE(log_.has("were deleted"));
}

TEST_F(dead_letters_test, a_full_queue_refuses_and_says_so) {
    options_.queue_bytes = 1_KiB;
    options_.linger = std::chrono::hours(1);
    begin();
    int taken = 0;
    while (box_->put(letter(taken + 1)) != 0)
        ++taken;
    EXPECT_GT(taken, 0);
    EXPECT_LT(taken, 10);
    box_->stop();
    EXPECT_EQ(on_disk().size(), static_cast<std::size_t>(taken));
    EXPECT_EQ(box_->counters().overflow.value(), 1u);
    EXPECT_TRUE(log_.has("were not kept"));
}

TEST_F(dead_letters_test, a_short_write_goes_to_a_new_file_and_leaves_no_torn_one) {
    begin();
    put_and_wait(1);
    disk_->shorten_next_write(5);
    put_and_wait(2);
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
    EXPECT_EQ(damaged_, 0u);
    EXPECT_EQ(files().size(), 2u);
}

TEST_F(dead_letters_test, a_disk_that_takes_nothing_holds_nobody_up_and_costs_counted_lines) {
    begin();
    disk_->fail_writes(std::make_error_code(std::errc::io_error));
    put_and_wait(1);
    EXPECT_EQ(box_->counters().given_up.value(), 1u);
    EXPECT_TRUE(log_.has("cannot write dead letters"));
    disk_->fail_writes({});
    put_and_wait(2);
    EXPECT_THAT(on_disk(), ElementsAre(2));
}

TEST_F(dead_letters_test, a_full_disk_gets_room_from_the_oldest_file) {
    options_.file_bytes = 2_KiB;
    begin();
    put_and_wait(1, 3000);
    put_and_wait(2, 3000);
    disk_->set_free_bytes(100);
    put_and_wait(3, 2500);
    EXPECT_THAT(on_disk(), ElementsAre(2, 3));
    EXPECT_EQ(box_->counters().dropped_lines.value(), 1u);
}

TEST_F(dead_letters_test, a_disk_that_hangs_holds_nobody_up) {
    begin();
    disk_->hang_syncs();
    const auto first = box_->put(letter(1));
    disk_->wait_until_a_sync_hangs();
    const auto second = box_->put(letter(2));
    EXPECT_LT(box_->durable_up_to(), first);
    disk_->release_syncs();
    wait_for(second);
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
}

TEST_F(dead_letters_test, a_power_cut_takes_no_letter_whose_ticket_was_reached) {
    begin();
    put_and_wait(1);
    put_and_wait(2);
    box_.reset();
    disk_->cut_power();
    EXPECT_THAT(on_disk(), ElementsAre(1, 2));
}

TEST_F(dead_letters_test, clearing_deletes_every_file_and_new_letters_are_kept) {
    begin();
    put_and_wait(1);
    const auto gone = box_->clear();
    EXPECT_EQ(gone.files, 1u);
    EXPECT_EQ(gone.lines, 1u);
    EXPECT_TRUE(files().empty());
    put_and_wait(2);
    EXPECT_THAT(on_disk(), ElementsAre(2));
}

}  // namespace
}  // namespace relay::journal::tests
