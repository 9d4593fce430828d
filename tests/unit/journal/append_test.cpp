#include "tests/unit/journal/journal_fixture.hpp"

#include <atomic>
#include <thread>

namespace relay::journal::tests {
namespace {

class append : public journal_test {};

TEST_F(append, a_batch_is_written_then_settled_on_disk) {
    const auto journal = open();
    const auto told = std::make_shared<told_receipt>();
    journal->append(make_batch(line(1), told));
    EXPECT_EQ(told->wait_settled(), durability::disk);
    EXPECT_EQ(told->order(), "ws");
}

TEST_F(append, a_record_keeps_what_its_batch_said) {
    const auto journal = open();
    const auto sink = journal->subscribe("influx", start_at::oldest);
    auto given = make_batch(line(1));
    given.lane.tenant = "team-a";
    given.points = 7;
    given.newest_ns += 5;
    const auto told = std::make_shared<told_receipt>();
    given.receipt = told;
    journal->append(given);
    told->wait_settled();

    const auto records = sink->read(0, contents::text, {});
    ASSERT_EQ(records.size(), 1u);
    const auto& header = records[0]->header;
    EXPECT_EQ(header.sequence, 1u);
    EXPECT_EQ(header.lane, given.lane);
    EXPECT_EQ(header.points, 7u);
    EXPECT_EQ(header.oldest_ns, given.oldest_ns);
    EXPECT_EQ(header.newest_ns, given.newest_ns);
    EXPECT_EQ(header.appended_ns, unix_nanoseconds(time_.now().wall));
    EXPECT_EQ(header.text_bytes, line(1).size());
    EXPECT_EQ(header.member_bytes, records[0]->member.size());
    EXPECT_EQ(records[0]->text, line(1));
}

TEST_F(append, interval_answers_with_the_kernel) {
    auto with = options();
    with.sync = sync_mode::interval;
    with.sync_interval = std::chrono::milliseconds(1);
    const auto journal = open(with);
    EXPECT_EQ(put(*journal, line(1)), durability::kernel);
    journal->stop();
    EXPECT_GE(journal->counters().syncs.value(), 1u);
}

TEST_F(append, none_answers_with_the_kernel_and_loses_nothing_at_a_clean_stop) {
    auto with = options();
    with.sync = sync_mode::none;
    {
        const auto journal = open(with);
        EXPECT_EQ(put(*journal, line(1)), durability::kernel);
    }
    EXPECT_EQ(texts(*open()->subscribe("a", start_at::oldest)), std::vector{line(1)});
}

TEST_F(append, stop_settles_everything_that_was_queued) {
    const auto journal = open();
    std::vector<std::shared_ptr<told_receipt>> all;
    for (int i = 0; i < 200; ++i) {
        all.push_back(std::make_shared<told_receipt>());
        journal->append(make_batch(line(i), all.back()));
    }
    journal->stop();
    journal->stop();
    for (const auto& one : all)
        EXPECT_EQ(one->result(), durability::disk);
}

TEST_F(append, after_stop_a_batch_is_refused) {
    const auto journal = open();
    journal->stop();
    EXPECT_EQ(put(*journal, line(1)), durability::refused);
}

TEST_F(append, a_lane_too_long_for_a_header_is_refused) {
    const auto journal = open();
    auto given = make_batch(line(1));
    given.lane.bucket = std::string(5000, 'b');
    const auto told = std::make_shared<told_receipt>();
    given.receipt = told;
    journal->append(given);
    EXPECT_EQ(told->result(), durability::refused);
}

TEST_F(append, many_threads_lose_nothing_and_readers_are_woken) {
    const auto journal = open();
    std::atomic<int> wakes = 0;
    journal->notify([&wakes] { ++wakes; });
    const auto sink = journal->subscribe("influx", start_at::oldest);
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 4; ++sender) {
        senders.emplace_back([&journal, sender] {
            for (int i = 0; i < 100; ++i)
                journal->append(make_batch(line(sender * 100 + i)));
        });
    }
    // A sink that reads while they send.
    std::size_t read = 0;
    for (sequence after = 0; read < 400;) {
        for (const auto& one : sink->read(after, contents::member, {})) {
            EXPECT_EQ(one->header.sequence, after + 1);
            after = one->header.sequence;
            sink->commit({.delivered = after, .gaps = {}});
            ++read;
        }
    }
    for (auto& one : senders)
        one.join();
    while (wakes == 0)  // records can be read a moment before it is told
        std::this_thread::yield();
    EXPECT_EQ(sink->behind().bytes, 0u);
    EXPECT_EQ(sink->behind().newest, 400u);
}

TEST_F(append, a_sealed_segment_is_plain_text_for_zcat) {
    {
        const auto journal = open();
        for (int i = 1; i <= 3; ++i)
            put(*journal, line(i));
    }
    const auto files = segments();
    ASSERT_EQ(files.size(), 1u);
    std::unique_ptr<FILE, int (*)(FILE*)> zcat(::popen(("zcat " + files[0].string()).c_str(), "r"),
                                               ::pclose);
    std::string printed(1000, '\0');
    printed.resize(std::fread(printed.data(), 1, printed.size(), zcat.get()));
    EXPECT_EQ(printed, line(1) + line(2) + line(3));
}

}  // namespace
}  // namespace relay::journal::tests
