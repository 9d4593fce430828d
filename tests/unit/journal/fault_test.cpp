// What becomes of batches when the disk fails, hangs, fills up or loses its power.
#include "tests/unit/journal/faulty_disk.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

#include <random>
#include <set>

namespace relay::journal::tests {
namespace {

const auto io_error = make_error_code(std::errc::io_error);
const auto full = make_error_code(std::errc::no_space_on_device);

class faults : public journal_test {
protected:
    std::unique_ptr<journal> open_faulty(journal_options with) {
        return open(std::move(with), disk_);
    }
    std::unique_ptr<journal> open_faulty() { return open_faulty(options()); }
    std::shared_ptr<told_receipt> send(journal& to, int n) {
        auto told = std::make_shared<told_receipt>();
        to.append(make_batch(line(n), told));
        return told;
    }
    /// What a relay finds that starts now.
    std::vector<std::string> found_after_restart() {
        return texts(*open()->subscribe("restart", start_at::oldest));
    }

    std::shared_ptr<faulty_disk> disk_ = std::make_shared<faulty_disk>();
};

TEST_F(faults, hanging_sync_delays_no_write) {
    const auto journal = open_faulty();
    const auto sink = journal->subscribe("a", start_at::oldest);
    disk_->hang_syncs();
    const auto first = send(*journal, 1);
    disk_->wait_until_a_sync_hangs();

    std::vector<std::shared_ptr<told_receipt>> later;
    for (int i = 2; i <= 50; ++i) {
        later.push_back(send(*journal, i));
        later.back()->wait_written();
    }
    EXPECT_EQ(texts(*sink).size(), 50u);  // and sinks have them
    EXPECT_EQ(first->order(), "w");
    for (const auto& one : later)
        EXPECT_EQ(one->order(), "w");

    disk_->release_syncs();
    for (const auto& one : later)
        EXPECT_EQ(one->wait_settled(), durability::disk);
    EXPECT_EQ(first->wait_settled(), durability::disk);
}

TEST_F(faults, hanging_sync_does_not_delay_a_new_segment) {
    auto with = options();
    with.segment_bytes = 4_KiB;
    auto journal = open_faulty(with);
    disk_->hang_syncs();
    send(*journal, 0);
    disk_->wait_until_a_sync_hangs();
    for (int i = 1; i <= 300; ++i)
        send(*journal, i)->wait_written();
    EXPECT_GT(segments().size(), 2u);
    disk_->release_syncs();
    journal.reset();
    EXPECT_EQ(found_after_restart().size(), 301u);
}

TEST_F(faults, one_sync_settles_all_that_was_written_before_it) {
    const auto journal = open_faulty();
    disk_->hang_syncs();
    const auto first = send(*journal, 0);
    disk_->wait_until_a_sync_hangs();
    std::vector<std::shared_ptr<told_receipt>> group;
    for (int i = 1; i <= 100; ++i)
        group.push_back(send(*journal, i));
    for (const auto& one : group)
        one->wait_written();
    disk_->release_syncs();
    for (const auto& one : group)
        EXPECT_EQ(one->wait_settled(), durability::disk);
    // The last one is told that it is written just before it is handed to the sync thread: it may
    // need a third.
    EXPECT_LE(journal->counters().syncs.value(), 3u);
}

TEST_F(faults, a_full_queue_refuses_at_once) {
    auto with = options();
    with.queue_bytes = byte_size{100};
    disk_->fail_writes(io_error);
    const auto journal = open_faulty(with);
    const auto kept = send(*journal, 1);
    EXPECT_EQ(kept->wait_settled(), durability::memory);
    std::shared_ptr<told_receipt> refused;
    do
        refused = send(*journal, 2);
    while (refused->result() != durability::refused &&
           refused->wait_settled() == durability::memory);
    EXPECT_EQ(refused->order(), "s");
    EXPECT_LE(journal->counters().queued_bytes.value(), 100);
}

TEST_F(faults, a_short_write_goes_whole_into_a_new_segment) {
    {
        const auto journal = open_faulty();
        send(*journal, 1)->wait_settled();
        disk_->shorten_next_write(20);
        EXPECT_EQ(send(*journal, 2)->wait_settled(), durability::disk);
        EXPECT_EQ(send(*journal, 3)->wait_settled(), durability::disk);
        EXPECT_EQ(journal->counters().write_errors.value(), 1u);
    }
    EXPECT_EQ(segments().size(), 2u);
    EXPECT_EQ(found_after_restart(), (std::vector{line(1), line(2), line(3)}));
    EXPECT_EQ(open()->counters().damaged_bytes.value(), 0u);
}

TEST_F(faults, a_file_that_cannot_be_cut_back_is_read_up_to_the_damage) {
    {
        const auto journal = open_faulty();
        send(*journal, 1)->wait_settled();
        disk_->fail_cuts(io_error);
        disk_->shorten_next_write(20);
        EXPECT_EQ(send(*journal, 2)->wait_settled(), durability::disk);
    }
    EXPECT_EQ(found_after_restart(), (std::vector{line(1), line(2)}));
}

TEST_F(faults, after_a_failed_sync_everything_unsynced_is_written_again) {
    const auto journal = open_faulty();
    const auto sink = journal->subscribe("a", start_at::oldest);
    send(*journal, 1)->wait_settled();
    disk_->fail_next_sync();  // the kernel drops the pages
    const auto second = send(*journal, 2);
    EXPECT_EQ(second->wait_settled(), durability::disk);
    EXPECT_EQ(second->order(), "ws");
    EXPECT_EQ(send(*journal, 3)->wait_settled(), durability::disk);
    EXPECT_EQ(journal->counters().sync_errors.value(), 1u);
    EXPECT_EQ(texts(*sink), (std::vector{line(1), line(2), line(3)}));
    EXPECT_EQ(sink->lost_records(), 0u);
    EXPECT_EQ(journal->counters().records.value(), 3u);
    journal->stop();
    EXPECT_EQ(segments().size(), 2u);
}

TEST_F(faults, after_a_failed_sync_a_restart_finds_each_record_once) {
    for (const bool cut_fails : {false, true}) {
        {
            const auto journal = open_faulty();
            disk_->fail_next_sync();
            if (cut_fails) disk_->fail_cuts(io_error);
            send(*journal, 1)->wait_settled();
            send(*journal, 2)->wait_settled();
            disk_->fail_cuts({});
        }
    }
    EXPECT_EQ(found_after_restart(), (std::vector{line(1), line(2), line(1), line(2)}));
}

TEST_F(faults, reading_goes_on_from_disk_after_a_failed_sync) {
    auto with = options();
    with.tail_bytes = byte_size{1000};
    const auto journal = open_faulty(with);
    const auto sink = journal->subscribe("a", start_at::oldest);
    std::vector<std::string> sent;
    for (int i = 0; i < 60; ++i) {
        if (i % 10 == 5) disk_->fail_next_sync();
        send(*journal, i)->wait_settled();
        sent.push_back(line(i));
        EXPECT_FALSE(sink->read(0, contents::text, {}).empty());
    }
    EXPECT_EQ(texts(*sink), sent);
    EXPECT_EQ(sink->lost_records(), 0u);
    EXPECT_EQ(journal->counters().damaged_places.value(), 0u);
}

TEST_F(faults, a_disk_that_never_syncs_keeps_nobody_waiting) {
    const auto journal = open_faulty();
    disk_->fail_syncs(io_error);
    EXPECT_EQ(send(*journal, 1)->wait_settled(), durability::kernel);
    disk_->fail_syncs({});
    EXPECT_TRUE(log_.has("cannot sync the journal"));
}

TEST_F(faults, full_disk_deletes_the_oldest) {
    auto with = options();
    with.segment_bytes = 4_KiB;
    with.tail_bytes = byte_size{2000};
    const auto journal = open_faulty(with);
    const auto sink = journal->subscribe("slow", start_at::oldest);
    for (int i = 1; i <= 20; ++i)
        put(*journal, line(i, 1000));
    const auto before = segments();
    disk_->set_free_bytes(3000);
    for (int i = 21; i <= 60; ++i)
        EXPECT_EQ(put(*journal, line(i, 1000)), durability::disk) << i;
    EXPECT_EQ(journal->counters().memory_only.value(), 0);
    EXPECT_GT(journal->counters().deleted_segments.value(), 0u);
    EXPECT_FALSE(std::filesystem::exists(before.front()));

    const auto left = texts(*sink);
    EXPECT_EQ(left.back(), line(60, 1000));
    EXPECT_EQ(left.front(), line(61 - static_cast<int>(left.size()), 1000));
    EXPECT_EQ(sink->lost_records(), 60 - left.size());
    EXPECT_TRUE(log_.has("the disk is full"));
}

// Peers' loss: a journal that deletes all it has, one after the other, and is no better off.
TEST_F(faults, a_full_disk_on_which_deleting_helps_nothing_keeps_the_journal) {
    auto with = options();
    with.segment_bytes = 4_KiB;
    with.tail_bytes = byte_size{2000};
    const auto journal = open_faulty(with);
    const auto sink = journal->subscribe("slow", start_at::oldest);
    for (int i = 1; i <= 40; ++i)
        put(*journal, line(i, 1000));
    const auto before = journal->counters().deleted_segments.value();
    disk_->set_free_bytes(0);
    disk_->free_nothing_by_removing(true);

    for (int i = 41; i <= 60; ++i)
        EXPECT_EQ(put(*journal, line(i, 1000)), durability::memory) << i;
    EXPECT_EQ(journal->counters().deleted_segments.value(), before + 1);
    EXPECT_TRUE(log_.has("as full as before"));

    time_.advance(std::chrono::seconds(11));
    put(*journal, line(61, 1000));
    EXPECT_EQ(journal->counters().deleted_segments.value(), before + 2);
    time_.advance(std::chrono::seconds(11));  // the pause has doubled
    put(*journal, line(62, 1000));
    EXPECT_EQ(journal->counters().deleted_segments.value(), before + 2);

    disk_->set_free_bytes(1 << 20);
    EXPECT_EQ(put(*journal, line(63, 1000)), durability::disk);
    EXPECT_EQ(texts(*sink).size() + sink->lost_records(), 63u);
}

TEST_F(faults, a_full_disk_that_cannot_delete_keeps_the_journal) {
    auto with = options();
    with.segment_bytes = 4_KiB;
    with.tail_bytes = byte_size{2000};
    std::size_t files = 0;
    {
        const auto journal = open_faulty(with);
        const auto sink = journal->subscribe("slow", start_at::oldest);
        for (int i = 1; i <= 40; ++i)
            put(*journal, line(i, 1000));
        files = segments().size();
        disk_->set_free_bytes(0);
        disk_->fail_removes(io_error);
        for (int i = 41; i <= 60; ++i)
            EXPECT_EQ(put(*journal, line(i, 1000)), durability::memory) << i;
        // What could not be deleted is counted as lost; all others are there.
        EXPECT_EQ(journal->counters().deleted_segments.value(), 1u);
        EXPECT_EQ(texts(*sink).size() + sink->lost_records(), 60u);
        disk_->set_free_bytes(1 << 20);
        disk_->fail_removes({});
        EXPECT_EQ(put(*journal, line(61, 1000)), durability::disk);
    }
    EXPECT_GE(segments().size(), files);
    // A restart has also found what could not be deleted.
    EXPECT_EQ(found_after_restart().size(), 61u);
}

TEST_F(faults, a_disk_that_takes_nothing_leaves_memory_and_everything_is_written_later) {
    {
        const auto journal = open_faulty();
        const auto sink = journal->subscribe("a", start_at::oldest);
        EXPECT_EQ(send(*journal, 1)->wait_settled(), durability::disk);
        disk_->fail_writes(full);
        disk_->fail_opens(full);
        const auto kept = send(*journal, 2);
        EXPECT_EQ(kept->wait_settled(), durability::memory);
        EXPECT_EQ(kept->order(), "s");
        EXPECT_EQ(send(*journal, 3)->wait_settled(), durability::memory);
        EXPECT_EQ(journal->counters().memory_only.value(), 1);
        EXPECT_GT(journal->counters().queued_bytes.value(), 0);
        // The one segment there was had to go; sinks still get what memory holds.
        EXPECT_EQ(texts(*sink, 1), (std::vector{line(2), line(3)}));

        disk_->fail_writes({});
        disk_->fail_opens({});
        EXPECT_EQ(send(*journal, 4)->wait_settled(), durability::disk);
        EXPECT_EQ(journal->counters().memory_only.value(), 0);
        EXPECT_EQ(journal->counters().queued_bytes.value(), 0);
        EXPECT_EQ(texts(*sink, 1), (std::vector{line(2), line(3), line(4)}));
    }
    const auto found = found_after_restart();
    EXPECT_EQ((std::vector(found.end() - 3, found.end())),
              (std::vector{line(2), line(3), line(4)}));
}

TEST_F(faults, a_dead_disk_and_healthy_sinks_go_on_within_the_bound) {
    auto with = options();
    with.queue_bytes = byte_size{2000};
    with.tail_bytes = byte_size{1000};
    const auto journal = open_faulty(with);
    const auto sink = journal->subscribe("a", start_at::oldest);
    disk_->fail_writes(io_error);
    for (int i = 1; i <= 500; ++i) {
        ASSERT_EQ(send(*journal, i)->wait_settled(), durability::memory) << i;
        const auto records = sink->read(static_cast<sequence>(i - 1), contents::text, {});
        ASSERT_EQ(records.size(), 1u);
        EXPECT_EQ(records[0]->text, line(i));
        sink->commit({.delivered = static_cast<sequence>(i), .gaps = {}});
    }
}

TEST_F(faults, a_power_cut_takes_nothing_that_was_settled) {
    std::mt19937 random(20260801);
    std::set<std::string> settled;
    int n = 0;
    for (int round = 0; round < 15; ++round) {
        auto with = options();
        with.segment_bytes = 4_KiB;
        const auto journal = open_faulty(with);
        std::vector<std::pair<std::shared_ptr<told_receipt>, std::string>> sent;
        for (int i = 0; i < 40; ++i) {
            if (random() % 15 == 0) disk_->fail_next_sync();
            if (random() % 15 == 0) disk_->shorten_next_write(random() % 50);
            sent.emplace_back(send(*journal, n), line(n));
            ++n;
            if (random() % 8 == 0) sent.back().first->wait_settled();
        }
        // From here on syncs change nothing: the power is as good as gone.
        for (const auto& [told, text] : sent) {
            if (told->result() == durability::disk) settled.insert(text);
        }
        disk_->fail_syncs(io_error);
        journal->stop();
        disk_->cut_power();
        disk_->fail_syncs({});
    }
    EXPECT_GT(settled.size(), 100u);
    const auto found = found_after_restart();
    const std::set<std::string> kept(found.begin(), found.end());
    EXPECT_EQ(kept.size(), found.size());  // none twice
    for (const auto& text : settled)
        EXPECT_TRUE(kept.contains(text)) << text;
}

}  // namespace
}  // namespace relay::journal::tests
