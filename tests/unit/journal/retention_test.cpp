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

// A sink whose settings change leaves and comes back.
TEST_F(retention, a_sink_that_changes_loses_nothing_of_what_all_others_have) {
    const auto journal = open(small_segments(), disk_);
    auto changing = journal->subscribe("changing", start_at::oldest);
    const auto here = journal->subscribe("here", start_at::oldest);
    fill(*journal, 1, 20);
    const auto before = segments().size();
    ASSERT_GT(before, 2u);

    auto kept = journal->keep_segments();
    changing.reset();
    here->commit({.delivered = 20, .gaps = {}});
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);
    EXPECT_FALSE(journal->remove_oldest(1000));

    changing = journal->subscribe("changing", start_at::oldest);
    kept.reset();
    pass(*journal);
    EXPECT_EQ(journal->counters().deleted_segments.value(), 0u);
    EXPECT_EQ(texts(*changing).size(), 24u);
    changing->commit({.delivered = 24, .gaps = {}});
    here->commit({.delivered = 24, .gaps = {}});
    disk_->wait_until_removed(before);
    EXPECT_EQ(changing->lost_records(), 0u);
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

TEST_F(retention, what_is_lost_is_counted_to_the_point_for_those_who_wanted_it) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    const auto journal = open(with, disk_);
    const auto only_a = [](const lane& from) { return from.bucket == "a"; };
    const auto picky = journal->subscribe("picky", start_at::oldest, only_a);
    const auto rest = journal->subscribe("rest", start_at::oldest);
    for (int i = 1; i <= 100; ++i) {
        const auto told = std::make_shared<told_receipt>();
        auto one = make_batch(line(i, 1000), told);
        one.lane.bucket = i % 3 == 0 ? "a" : "b";
        one.points = static_cast<std::uint32_t>(i);
        one.oldest_ns = one.newest_ns = i;
        journal->append(std::move(one));
        told->wait_settled();
    }
    pass(*journal);
    rest->commit({.delivered = 0, .gaps = {}});
    journal->stop();

    const auto gone = static_cast<int>(102 - texts(*rest).size());
    ASSERT_GT(gone, 10);
    EXPECT_EQ(rest->lost_records(), static_cast<std::uint64_t>(gone));
    const auto all = rest->take_losses();
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].reason, "max_bytes");
    EXPECT_EQ(all[0].points, static_cast<std::uint64_t>(gone * (gone + 1) / 2));
    EXPECT_EQ(all[0].from_ns, 1);
    EXPECT_EQ(all[0].to_ns, gone);
    EXPECT_TRUE(rest->take_losses().empty());

    const auto wanted = picky->take_losses();
    ASSERT_EQ(wanted.size(), 1u);
    const auto a = gone / 3;  // 3, 6, 9 …
    EXPECT_EQ(wanted[0].records, static_cast<std::uint64_t>(a));
    EXPECT_EQ(wanted[0].points, static_cast<std::uint64_t>(3 * a * (a + 1) / 2));
}

TEST_F(retention, what_a_sink_holds_is_lost_only_when_it_lets_go_of_it) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    for (const bool delivers : {true, false}) {
        const auto journal = open(with, disk_);
        const auto sink = journal->subscribe(delivers ? "a" : "b", start_at::now);
        const auto before = sink->position().delivered;
        fill(*journal, 1, 4);
        const auto held = sink->read(before, contents::member, {.records = 4, .bytes = 1 << 20});
        ASSERT_EQ(held.size(), 4u);

        fill(*journal, 5, 104);
        pass(*journal);
        const auto lost = sink->lost_records();
        EXPECT_GT(lost, 10u);
        if (delivers) {
            sink->commit({.delivered = before + 4, .gaps = {}});
            EXPECT_FALSE(sink->read(before + 4, contents::member, {}).empty());
            EXPECT_EQ(sink->lost_records(), lost);
        } else {
            EXPECT_FALSE(sink->read(before, contents::member, {}).empty());
            EXPECT_EQ(sink->lost_records(), lost + 4);
        }
    }
}

TEST_F(retention, what_the_tail_still_has_is_not_lost_with_its_segment) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    with.tail_bytes = 1_MiB;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 100);
    pass(*journal);
    ASSERT_LE(journal->counters().bytes.value(), 20 << 10);
    EXPECT_EQ(sink->lost_records(), 0u);

    EXPECT_EQ(texts(*sink).size(), 102u);
    sink->commit({.delivered = 102, .gaps = {}});
    EXPECT_TRUE(sink->read(102, contents::member, {}).empty());
    EXPECT_EQ(sink->lost_records(), 0u);
}

TEST_F(retention, what_the_tail_still_has_is_not_lost_where_it_begins_amid_a_segment) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    with.tail_bytes = 1_MiB;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 3);
    sink->commit({.delivered = 2, .gaps = {}});
    fill(*journal, 4, 100);
    pass(*journal);

    EXPECT_EQ(sink->lost_records(), 0u);
    EXPECT_EQ(texts(*sink, 2).size(), 100u);
}

TEST_F(retention, what_only_the_tail_had_is_lost_when_it_leaves_the_tail) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    with.tail_bytes = 40_KiB;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 100);
    pass(*journal);

    const auto left = texts(*sink).size();
    EXPECT_GT(left, 20u);
    EXPECT_LT(left, 100u);
    EXPECT_EQ(sink->lost_records(), 102 - left);
}

TEST_F(retention, what_left_the_tail_between_two_reads_of_one_request_is_lost) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    with.tail_bytes = 40_KiB;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 5);
    auto have = sink->read(0, contents::member, {}).size();
    ASSERT_EQ(have, 5u);
    fill(*journal, 6, 100);
    pass(*journal);

    for (sequence after = 5;;) {
        const auto found = sink->read(after, contents::member, {});
        if (found.empty()) break;
        have += found.size();
        after = found.back()->header.sequence;
    }
    EXPECT_LT(have, 90u);
    sink->commit({.delivered = 102, .gaps = {}});
    EXPECT_TRUE(sink->read(102, contents::member, {}).empty());
    EXPECT_EQ(sink->lost_records(), 102 - have);
}

TEST_F(retention, what_only_the_tail_had_is_lost_when_the_sink_ends) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    with.tail_bytes = 1_MiB;
    const auto journal = open(with, disk_);
    auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 100);
    pass(*journal);
    EXPECT_FALSE(log_.has("sink a lost"));
    sink.reset();
    EXPECT_TRUE(log_.has("sink a lost"));
}

TEST_F(retention, a_gap_that_is_deleted_is_lost_and_what_was_delivered_around_it_is_not) {
    auto with = small_segments();
    with.max_bytes = 16_KiB;
    const auto journal = open(with, disk_);
    const auto sink = journal->subscribe("a", start_at::oldest);
    fill(*journal, 1, 10);
    sink->commit({.delivered = 10, .gaps = {{3, 5}}});
    for (int i = 11; i <= 60; ++i) {
        put(*journal, line(i, 1000));
        sink->commit({.delivered = static_cast<sequence>(i), .gaps = {{3, 5}}});
    }
    pass(*journal);
    EXPECT_EQ(sink->lost_records(), 3u);
    EXPECT_EQ(sink->take_losses()[0].points, 3u);
}

TEST_F(retention, max_age_deletes_what_is_old) {
    auto with = small_segments();
    with.max_age = 8h;
    with.tail_bytes = byte_size{1};
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
