#include "tests/unit/journal/faulty_disk.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

namespace relay::journal::tests {
namespace {

using namespace std::chrono_literals;

class retention : public journal_test {
protected:
    journal_options small_segments() {
        auto with = options();
        with.segment_bytes = 4_KiB;
        with.tail_bytes = byte_size{2000};
        return with;
    }
    // About 600 bytes on disk each.
    void fill(journal& to, int first, int last) {
        for (int i = first; i <= last; ++i)
            put(to, line(i, 1000));
    }
    /// Returns when the sync thread has been round once more: it settles, then it looks after the
    /// segments, then it settles again.
    static void pass(journal& through) {
        put(through, line(0));
        put(through, line(0));
    }

    std::shared_ptr<faulty_disk> disk_ = std::make_shared<faulty_disk>();
};

TEST_F(retention, a_segment_goes_when_every_sink_has_it) {
    const auto journal = open(small_segments(), disk_);
    const auto fast = journal->subscribe("fast", start_at::oldest);
    const auto slow = journal->subscribe("slow", start_at::oldest);
    fill(*journal, 1, 40);
    const auto before = segments().size();
    ASSERT_GT(before, 4u);
    fast->commit({.delivered = 40, .gaps = {}});
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);

    slow->commit({.delivered = 40, .gaps = {{2, 2}}});
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);  // the gap is owed

    slow->commit({.delivered = 40, .gaps = {}});
    disk_->wait_until_removed(before - 1);
    EXPECT_EQ(slow->lost_records(), 0u);
    EXPECT_EQ(texts(*slow, 40).size(), 4u);  // of the two passes
}

TEST_F(retention, without_sinks_nothing_is_delivered) {
    const auto journal = open(small_segments(), disk_);
    fill(*journal, 1, 20);
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);
}

TEST_F(retention, the_cursor_of_a_sink_no_longer_configured_pins_nothing) {
    {
        const auto journal = open(small_segments(), disk_);
        const auto gone = journal->subscribe("gone", start_at::oldest);
        const auto here = journal->subscribe("here", start_at::oldest);
        fill(*journal, 1, 20);
        here->commit({.delivered = 20, .gaps = {}});
    }
    const auto before = segments().size();
    const auto journal = open(small_segments(), disk_);
    const auto here = journal->subscribe("here", start_at::oldest);
    put(*journal, line(21));
    disk_->wait_until_removed(before);
    EXPECT_EQ(here->lost_records(), 0u);
}

TEST_F(retention, before_the_first_append_of_a_run_no_sink_costs_another_its_data) {
    {
        const auto journal = open(small_segments(), disk_);
        const auto fast = journal->subscribe("fast", start_at::oldest);
        const auto slow = journal->subscribe("slow", start_at::oldest);
        fill(*journal, 1, 20);
        fast->commit({.delivered = 20, .gaps = {}});
    }
    const auto journal = open(small_segments(), disk_);
    auto fast = journal->subscribe("fast", start_at::oldest);
    fast->commit({.delivered = 19, .gaps = {}});  // wakes the sync thread
    fast->commit({.delivered = 20, .gaps = {}});
    disk_->wait_for_a_cursor_sync();  // it has been round
    const auto slow = journal->subscribe("slow", start_at::oldest);
    EXPECT_EQ(texts(*slow).size(), 20u);
}

TEST_F(retention, max_bytes_deletes_the_oldest_and_counts_what_each_sink_lost) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    const auto journal = open(with, disk_);
    const auto slow = journal->subscribe("slow", start_at::oldest);
    const auto fast = journal->subscribe("fast", start_at::oldest);
    for (int i = 1; i <= 100; ++i) {
        put(*journal, line(i, 1000));
        fast->commit({.delivered = static_cast<sequence>(i), .gaps = {}});
    }
    pass(*journal);
    EXPECT_LE(journal->counters().bytes.value(), 20 << 10);
    const auto left = texts(*slow);
    EXPECT_EQ(slow->lost_records(), 102 - left.size());
    EXPECT_EQ(fast->lost_records(), 0u);
    EXPECT_TRUE(log_.has("sink slow lost"));
    EXPECT_FALSE(log_.has("sink fast lost"));
}

TEST_F(retention, max_age_deletes_what_is_old) {
    auto with = small_segments();
    with.max_age = 8h;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    put(*journal, line(1));
    pass(*journal);
    time_.advance(2h);
    put(*journal, line(2));  // older than an eighth of max_age: a new segment
    EXPECT_EQ(segments().size(), 2u);
    time_.advance(7h);
    put(*journal, line(3));
    disk_->wait_until_removed(1);
    pass(*journal);
    EXPECT_EQ(texts(*sink).front(), line(2));
    EXPECT_EQ(sink->lost_records(), 3u);
    EXPECT_TRUE(log_.has("max_age"));
}

TEST_F(retention, a_clock_jump_erases_nothing) {
    auto with = small_segments();
    with.max_age = 8h;
    {
        const auto journal = open(with, disk_);
        put(*journal, line(1));
        pass(*journal);
        time_.jump_wall(24h * 365 * 10);
        put(*journal, line(2));
        time_.advance(2h);
        put(*journal, line(3));
        pass(*journal);
        EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);
    }
    time_.jump_wall(24h * 365 * 10);
    const auto journal = open(with, disk_);
    put(*journal, line(4));
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);
    EXPECT_EQ(texts(*journal->subscribe("a", start_at::oldest)).size(), 10u);
}

TEST_F(retention, what_was_set_aside_goes_with_its_segment) {
    {
        const auto journal = open(small_segments(), disk_);
        put(*journal, line(1));
    }
    const auto first = segments().front();
    std::filesystem::resize_file(first, std::filesystem::file_size(first) + 9);
    const auto journal = open(small_segments(), disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    const auto count_aside = [this] {
        int found = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator(directory_.path() / "journal")) {
            if (entry.path().string().find(".damaged-") != std::string::npos) ++found;
        }
        return found;
    };
    EXPECT_EQ(count_aside(), 1);
    put(*journal, line(2));
    sink->commit({.delivered = 2, .gaps = {}});
    disk_->wait_until_removed(1);
    journal->stop();
    EXPECT_EQ(count_aside(), 0);
}

TEST_F(retention, cursors_are_synced_within_a_second_without_being_asked) {
    const auto journal = open(small_segments(), disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    put(*journal, line(1));
    sink->commit({.delivered = 1, .gaps = {}});
    disk_->wait_for_a_cursor_sync();
}

TEST_F(retention, the_default_bound_is_between_one_and_ten_gibibytes) {
    const auto bound = default_max_bytes(directory_.path());
    EXPECT_GE(bound, 1_GiB);
    EXPECT_LE(bound, 10_GiB);
    EXPECT_EQ(default_max_bytes("/no/such/directory"), 1_GiB);
}

}  // namespace
}  // namespace relay::journal::tests
