#include "tests/unit/journal/journal_fixture.hpp"

namespace relay::journal::tests {
namespace {

class reading : public journal_test {
protected:
    journal_options small_tail() {
        auto with = options();
        with.tail_bytes = byte_size{2000};
        with.segment_bytes = 16_KiB;
        return with;
    }
    static void fill(journal& to, int records, std::size_t padding = 300) {
        for (int i = 1; i <= records; ++i)
            put(to, line(i, padding));
    }
};

TEST_F(reading, tail_and_disk_give_the_same_records) {
    auto large = options();
    large.segment_bytes = 16_KiB;
    std::vector<std::string> from_memory;
    {
        const auto journal = open(large);
        fill(*journal, 100);
        const auto sink = journal->subscribe("a", start_at::oldest);
        from_memory = texts(*sink);
        EXPECT_EQ(from_memory.size(), 100u);
        EXPECT_GT(segments().size(), 1u);
    }
    const auto journal = open(small_tail());
    EXPECT_EQ(texts(*journal->subscribe("b", start_at::oldest)), from_memory);
}

TEST_F(reading, from_disk_a_member_comes_without_text_unless_asked_for) {
    { fill(*open(), 3); }
    const auto journal = open();
    const auto sink = journal->subscribe("a", start_at::oldest);
    const auto members = sink->read(0, contents::member, {});
    ASSERT_EQ(members.size(), 3u);
    EXPECT_TRUE(members[0]->text.empty());
    std::string text;
    ASSERT_TRUE(protocol::inflate_member(members[0]->member, 1 << 20, text));
    EXPECT_EQ(text, line(1, 300));
    EXPECT_EQ(sink->read(0, contents::text, {})[2]->text, line(3, 300));
}

TEST_F(reading, limits_hold_but_one_record_always_comes) {
    for (const bool from_disk : {false, true}) {
        const auto journal = open(from_disk ? small_tail() : options());
        if (!from_disk) fill(*journal, 10);
        const auto sink = journal->subscribe("a", start_at::oldest);
        EXPECT_EQ(sink->read(0, contents::text, {.records = 4, .bytes = 1 << 20}).size(), 4u);
        EXPECT_EQ(sink->read(0, contents::text, {.records = 9, .bytes = 1000}).size(), 2u);
        EXPECT_EQ(sink->read(0, contents::text, {.records = 9, .bytes = 1}).size(), 1u);
        EXPECT_EQ(sink->read(3, contents::text, {})[0]->header.sequence, 4u);
        EXPECT_TRUE(sink->read(10, contents::text, {}).empty());
        EXPECT_TRUE(sink->read(99, contents::text, {}).empty());
    }
}

TEST_F(reading, the_tail_keeps_to_its_bound) {
    const auto journal = open(small_tail());
    fill(*journal, 50);
    EXPECT_LE(journal->counters().tail_bytes.value(), 2000);
    EXPECT_EQ(texts(*journal->subscribe("a", start_at::oldest)).size(), 50u);
}

TEST_F(reading, the_tail_holds_only_what_some_sink_lacks) {
    const auto journal = open();
    const auto quick = journal->subscribe("quick", start_at::oldest);
    const auto slow = journal->subscribe("slow", start_at::oldest);
    fill(*journal, 10);
    const auto all = journal->counters().tail_bytes.value();

    quick->commit({.delivered = 10, .gaps = {}});
    EXPECT_EQ(journal->counters().tail_bytes.value(), all);
    slow->commit({.delivered = 10, .gaps = {{6, 6}}});
    EXPECT_EQ(texts(*slow, 5).size(), 5u);
    EXPECT_EQ(journal->counters().tail_bytes.value(), all / 2);
    slow->commit({.delivered = 10, .gaps = {}});
    EXPECT_EQ(journal->counters().tail_bytes.value(), 0);

    EXPECT_EQ(texts(*quick).size(), 10u);  // from disk
}

TEST_F(reading, the_tail_holds_what_an_onlooker_has_not_read) {
    const auto journal = open();
    const auto sink = journal->subscribe("a", start_at::oldest);
    auto onlooker = journal->look_on(0);
    fill(*journal, 10);
    const auto all = journal->counters().tail_bytes.value();

    sink->commit({.delivered = 10, .gaps = {}});
    EXPECT_EQ(journal->counters().tail_bytes.value(), all);
    EXPECT_EQ(onlooker->read({.records = 5}).size(), 5u);
    sink->commit({.delivered = 10, .gaps = {{10, 10}}});
    EXPECT_EQ(journal->counters().tail_bytes.value(), all / 2);
    onlooker.reset();
    sink->commit({.delivered = 10, .gaps = {}});
    EXPECT_EQ(journal->counters().tail_bytes.value(), 0);
}

TEST_F(reading, a_sink_that_falls_behind_reads_on_from_disk_and_catches_up) {
    const auto journal = open(small_tail());
    const auto sink = journal->subscribe("a", start_at::now);
    sequence after = 0;
    int read = 0;
    for (int round = 0; round < 20; ++round) {
        for (int i = 0; i < 7; ++i)
            put(*journal, line(round * 7 + i, 300));
        for (const auto& one : sink->read(after, contents::text, {.records = 6})) {
            EXPECT_EQ(one->text, line(read++, 300));
            after = one->header.sequence;
        }
    }
    while (read < 140) {
        for (const auto& one : sink->read(after, contents::text, {.records = 6})) {
            EXPECT_EQ(one->text, line(read++, 300));
            after = one->header.sequence;
        }
    }
    EXPECT_EQ(sink->lost_records(), 0u);
}

TEST_F(reading, a_new_sink_starts_now_or_at_the_oldest) {
    const auto journal = open();
    fill(*journal, 3);
    EXPECT_EQ(journal->subscribe("now", start_at::now)->position().delivered, 3u);
    EXPECT_EQ(journal->subscribe("oldest", start_at::oldest)->position().delivered, 0u);
}

TEST_F(reading, where_a_new_sink_started_is_remembered) {
    {
        const auto journal = open();
        fill(*journal, 3);
        const auto sink = journal->subscribe("now", start_at::now);
        fill(*journal, 2);
    }
    const auto journal = open();
    EXPECT_EQ(texts(*journal->subscribe("now", start_at::now), 3).size(), 2u);
    EXPECT_EQ(journal->subscribe("now", start_at::now)->position().delivered, 3u);
}

TEST_F(reading, a_cursor_with_gaps_survives_a_restart) {
    const cursor position{.delivered = 5, .gaps = {{2, 3}}};
    {
        const auto journal = open();
        fill(*journal, 6);
        journal->subscribe("a", start_at::oldest)->commit(position);
    }
    EXPECT_EQ(open()->subscribe("a", start_at::now)->position(), position);
}

TEST_F(reading, what_is_behind_is_told_in_bytes_and_age) {
    const auto journal = open(small_tail());
    const auto sink = journal->subscribe("a", start_at::oldest);
    EXPECT_EQ(sink->behind().bytes, 0u);
    EXPECT_EQ(sink->behind().oldest_appended_ns, 0);
    const auto begin = unix_nanoseconds(time_.now().wall);
    std::uint64_t bytes = 0;
    for (int i = 1; i <= 100; ++i) {
        put(*journal, line(i, 300));
        time_.advance(std::chrono::seconds(10));
    }
    for (const auto& one : sink->read(0, contents::member, {.records = 1000, .bytes = 1 << 30})) {
        bytes += one->member.size();
    }
    const auto all = sink->behind();
    EXPECT_EQ(all.newest, 100u);
    EXPECT_EQ(all.oldest_appended_ns, begin);
    EXPECT_GE(all.bytes, bytes);  // the whole first segment and those behind it

    sink->commit({.delivered = 50, .gaps = {}});
    const auto half = sink->behind();
    EXPECT_NEAR(static_cast<double>(half.bytes), static_cast<double>(all.bytes) / 2,
                static_cast<double>(all.bytes) / 20);
    EXPECT_NEAR(static_cast<double>(half.oldest_appended_ns - begin), 500e9, 20e9);

    sink->commit({.delivered = 100, .gaps = {{99, 99}}});
    EXPECT_GT(sink->behind().bytes, 0u);  // a gap is owed
    sink->commit({.delivered = 100, .gaps = {}});
    EXPECT_EQ(sink->behind().bytes, 0u);
}

std::vector<std::string> read_along(onlooker& from) {
    std::vector<std::string> found;
    for (auto records = from.read({.records = 3}); !records.empty();
         records = from.read({.records = 3})) {
        for (const auto& one : records)
            found.push_back(one->text);
    }
    return found;
}

TEST_F(reading, an_onlooker_begins_at_a_time_and_goes_on_from_there) {
    const auto journal = open(small_tail());
    fill(*journal, 100);
    time_.advance(std::chrono::minutes(1));
    const auto since = time_.now().wall.time_since_epoch().count();
    put(*journal, line(101, 300));
    put(*journal, line(102, 300));

    const auto from_then = journal->look_on(since);
    EXPECT_EQ(read_along(*from_then), (std::vector{line(101, 300), line(102, 300)}));
    EXPECT_EQ(read_along(*journal->look_on(0)).size(), 102u);
    EXPECT_TRUE(read_along(*journal->look_on(since + 1)).empty());

    EXPECT_TRUE(read_along(*from_then).empty());
    fill(*journal, 20);
    EXPECT_EQ(read_along(*from_then).size(), 20u);
}

TEST_F(reading, an_onlooker_holds_nothing_back_and_passes_over_what_is_gone) {
    const auto journal = open(small_tail());
    const auto onlooker = journal->look_on(0);
    fill(*journal, 100);
    const auto before = segments().size();
    ASSERT_TRUE(journal->remove_oldest(50));
    EXPECT_EQ(segments().size(), before - 1);

    const auto left = read_along(*onlooker);
    EXPECT_LT(left.size(), 100u);
    EXPECT_EQ(left.back(), line(100, 300));
    EXPECT_EQ(journal->counters().damaged_places.value(), 0u);
}

}  // namespace
}  // namespace relay::journal::tests
