// Looking into a journal from outside: what the real writer wrote, and what became of it.
#include "relay/journal/journal_walk.hpp"
#include "relay/journal/overview.hpp"
#include "relay/journal/record_check.hpp"
#include "relay/journal/segment_file.hpp"
#include "relay/journal/selection.hpp"
#include "tests/unit/journal/journal_fixture.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace relay::journal::tests {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using sequences = std::vector<sequence>;

std::string content(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
void put_content(const std::filesystem::path& file, std::string_view bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

class walk_test : public journal_test {
protected:
    /// Records 1 … `records`, in segments of about `per_segment` of them.
    void write(int records, std::uint64_t per_segment = 1000) {
        auto with = options();
        with.segment_bytes.bytes = per_segment * 4300;
        auto one = open(with);
        for (int i = 1; i <= records; ++i)
            EXPECT_EQ(put(*one, line(i, 6000)), durability::disk);
        one->stop();
    }
    std::filesystem::path place() const { return directory_.path() / "journal"; }

    sequences walked(repeats which = repeats::skip) {
        journal_walk walk(place(), which);
        sequences found;
        while (walk.next()) {
            const auto one = walk.load(contents::text);
            if (!one) continue;
            EXPECT_EQ(check_.fault(*one), std::nullopt);
            found.push_back(one->header.sequence);
        }
        findings_ = walk.take_findings();
        EXPECT_EQ(walk.bytes_done(), walk.bytes_total());
        return found;
    }
    std::vector<finding::kind> kinds() const {
        std::vector<finding::kind> all;
        for (const auto& one : findings_)
            all.push_back(one.what);
        return all;
    }

    record_check check_;
    std::vector<finding> findings_;
};

TEST_F(walk_test, every_record_of_every_segment_is_met_in_order) {
    write(20, 4);
    ASSERT_GT(segments().size(), 3u);

    sequences all(20);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i] = i + 1;
    EXPECT_EQ(walked(), all);
    EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(walk_test, an_empty_or_missing_directory_has_nothing) {
    EXPECT_THAT(walked(), IsEmpty());
    std::filesystem::create_directories(place());
    EXPECT_THAT(walked(), IsEmpty());
    EXPECT_THAT(findings_, IsEmpty());
}

TEST_F(walk_test, skipping_reads_headers_alone) {
    write(5);
    journal_walk walk(place());
    sequences found;
    while (walk.next())
        found.push_back(walk.header().sequence);
    EXPECT_THAT(found, ElementsAre(1, 2, 3, 4, 5));
}

TEST_F(walk_test, a_flipped_bit_is_one_finding_with_its_file_and_place) {
    write(3);
    const auto file = segments().front();
    auto bytes = content(file);
    const auto at = bytes.size() / 2;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    put_content(file, bytes);

    EXPECT_THAT(walked(), ElementsAre(1, 3));
    ASSERT_EQ(findings_.size(), 1u);
    EXPECT_EQ(findings_[0].what, finding::kind::damaged);
    EXPECT_EQ(findings_[0].file, file);
    EXPECT_LE(findings_[0].offset, at);
    EXPECT_GT(findings_[0].offset + findings_[0].bytes, at);
}

TEST_F(walk_test, a_torn_tail_is_told_from_damage) {
    write(3);
    const auto file = segments().front();
    const auto bytes = content(file);
    put_content(file, std::string_view(bytes).substr(0, bytes.size() - 7));

    EXPECT_THAT(walked(), ElementsAre(1, 2));
    EXPECT_THAT(kinds(), ElementsAre(finding::kind::torn_tail));
}

TEST_F(walk_test, a_torn_end_of_an_older_segment_is_damage) {
    write(20, 4);
    const auto file = segments().front();
    const auto bytes = content(file);
    put_content(file, std::string_view(bytes).substr(0, bytes.size() - 7));

    EXPECT_EQ(walked().size(), 19u);
    EXPECT_THAT(kinds(), ElementsAre(finding::kind::damaged));
}

TEST_F(walk_test, what_is_read_later_begins_where_the_tail_began) {
    write(3);
    const auto file = segments().front();
    const auto bytes = content(file);
    put_content(file, std::string_view(bytes).substr(0, bytes.size() - 7));
    EXPECT_THAT(walked(), ElementsAre(1, 2));
    const auto offset = findings_.at(0).offset;

    put_content(file, bytes);  // the write has ended
    journal_walk rest(place(), repeats::show, *segment_number(file.filename()), offset);
    ASSERT_TRUE(rest.next());
    EXPECT_EQ(rest.header().sequence, 3u);
    EXPECT_FALSE(rest.next());
    EXPECT_THAT(rest.take_findings(), IsEmpty());
}

TEST_F(walk_test, a_foreign_file_with_a_segments_name_is_a_finding_and_the_others_are_read) {
    write(3);
    put_content(place() / segment_name(900), "not a journal\n");
    put_content(place() / segment_name(901), content(segments().front()).substr(0, 0));
    put_content(place() / "notes.txt", "not looked at");

    EXPECT_THAT(walked(), ElementsAre(1, 2, 3));
    EXPECT_THAT(kinds(), ElementsAre(finding::kind::torn_tail));
}

TEST_F(walk_test, a_segment_without_a_record_is_said_when_everything_is_asked_for) {
    write(3);
    const auto good = segments().front();
    put_content(place() / segment_name(900), content(good));
    put_content(good, std::string(5000, '\0'));

    EXPECT_THAT(walked(repeats::show), ElementsAre(1, 2, 3));
    EXPECT_THAT(kinds(), ElementsAre(finding::kind::damaged, finding::kind::no_records));
}

TEST_F(walk_test, records_that_were_written_again_are_met_once_unless_asked_for) {
    write(3);
    put_content(place() / segment_name(900), content(segments().front()));

    EXPECT_THAT(walked(), ElementsAre(1, 2, 3));
    EXPECT_THAT(walked(repeats::show), ElementsAre(1, 2, 3, 1, 2, 3));
}

TEST_F(walk_test, a_segment_that_vanishes_is_no_fault) {
    write(20, 4);
    const auto before = segments();
    journal_walk walk(place());
    ASSERT_TRUE(walk.next());
    for (const auto& file : segments())
        std::filesystem::remove(file);
    std::size_t records = 1;
    while (walk.next())
        ++records;
    EXPECT_GT(records, 1u);  // the open file goes on
    EXPECT_LT(records, 20u);
    const auto findings = walk.take_findings();
    ASSERT_EQ(findings.size(), before.size() - 1);
    for (const auto& one : findings)
        EXPECT_EQ(one.what, finding::kind::vanished);
}

TEST_F(walk_test, cursors_are_listed_with_the_slot_that_counts) {
    auto one = open();
    put(*one, line(1));
    put(*one, line(2));
    {
        const auto sink = one->subscribe("influx", start_at::oldest);
        sink->commit({.delivered = 1, .gaps = {}});
        sink->commit({.delivered = 2, .gaps = {{1, 1}}});
    }
    one->stop();
    put_content(place() / "broken-0000000000000000.cursor", std::string(8192, 'x'));

    const auto found = cursors_in(place());
    ASSERT_EQ(found.size(), 2u);
    EXPECT_THAT(found[0].slots, IsEmpty());
    EXPECT_FALSE(found[0].damage.empty());
    ASSERT_FALSE(found[1].slots.empty());
    EXPECT_EQ(found[1].slots[0].sink, "influx");
    EXPECT_EQ(found[1].slots[0].position.delivered, 2u);
    EXPECT_THAT(found[1].slots[0].position.gaps, ElementsAre(gap{1, 1}));
}

TEST_F(walk_test, an_overview_adds_up_segments_and_what_each_sink_owes) {
    write(20, 4);
    {
        auto again = open();
        const auto far = again->subscribe("far", start_at::oldest);
        far->commit({.delivered = 18, .gaps = {{3, 5}}});
        const auto all = again->subscribe("all", start_at::now);
        again->stop();
    }
    const auto found = look_over(place());
    EXPECT_EQ(found.all.records, 20u);
    EXPECT_EQ(found.all.points, 20u);
    EXPECT_EQ(found.segments.front().records.first, 1u);
    EXPECT_EQ(found.segments.back().records.last, 20u);
    std::uint64_t bytes = 0;
    for (const auto& one : found.segments)
        bytes += one.file.bytes;
    EXPECT_EQ(found.all.bytes, bytes);
    ASSERT_EQ(found.sinks.size(), 2u);
    EXPECT_EQ(found.sinks[0].name, "all");
    EXPECT_EQ(found.sinks[0].owed.records, 0u);
    EXPECT_EQ(found.sinks[1].owed.records, 5u);
    EXPECT_EQ(found.sinks[1].owed.first, 3u);
    EXPECT_EQ(found.sinks[1].owed.last, 20u);
}

TEST(overview, what_a_purge_may_take_ends_at_the_first_segment_that_is_too_young) {
    overview found;
    for (const std::int64_t newest : {10, 30, 20}) {
        segment_overview one;
        one.records.newest_ns = newest;
        found.segments.push_back(one);
    }
    EXPECT_EQ(entirely_before(found, 10).size(), 0u);
    EXPECT_EQ(entirely_before(found, 11).size(), 1u);
    EXPECT_EQ(entirely_before(found, 25).size(), 1u);  // 20 lies behind 30
    EXPECT_EQ(entirely_before(found, 31).size(), 3u);
}

TEST_F(walk_test, the_oldest_segments_go_when_asked_and_what_they_cost_is_counted) {
    write(20, 4);
    auto one = open();
    const auto sink = one->subscribe("influx", start_at::oldest);
    const auto first = look_over(place()).segments.front();
    EXPECT_FALSE(one->remove_oldest(first.records.last - 1));
    EXPECT_EQ(one->remove_oldest(first.records.last), first.file.bytes);
    EXPECT_FALSE(std::filesystem::exists(first.file.path));
    EXPECT_EQ(sink->lost_records(), first.records.records);
    EXPECT_TRUE(log_.has("the operator asked for it"));
    while (one->remove_oldest(1'000'000)) {
    }
    EXPECT_EQ(sink->lost_records(), 20u);
    EXPECT_EQ(put(*one, line(21)), durability::disk);  // and it goes on
    EXPECT_FALSE(one->remove_oldest(1'000'000));       // what is being written stays
}

TEST_F(walk_test, a_cursor_is_forgotten_only_where_nobody_uses_it) {
    auto one = open();
    auto sink = one->subscribe("influx", start_at::oldest);
    EXPECT_FALSE(one->forget("influx"));
    sink.reset();
    EXPECT_TRUE(one->forget("influx"));
    EXPECT_TRUE(cursors_in(place()).empty());
    EXPECT_FALSE(one->forget("influx"));
}

// ---- is a record what its header says?

record made(std::string text, std::uint32_t points) {
    record one;
    one.header.text_bytes = static_cast<std::uint32_t>(text.size());
    one.header.points = points;
    one.header.oldest_ns = 10;
    one.header.newest_ns = 20;
    one.text = std::move(text);
    return one;
}

TEST(record_check, says_what_contradicts_the_header) {
    record_check check;
    EXPECT_EQ(check.fault(made("a v=1 10\nb v=2 20\n", 2)), std::nullopt);
    EXPECT_EQ(check.fault(made("a v=1 10\nb v=2 20\n", 3)), "2 lines where the header says 3");
    EXPECT_EQ(check.fault(made("a v=1 10\nb v= 20\n", 2)), "line 2: byte 4: missing field value");
    EXPECT_EQ(check.fault(made("a v=1\n", 1)), "line 1: no timestamp");
    EXPECT_EQ(check.fault(made("a v=1 21\n", 1)),
              "line 1: its time is not between the header's oldest and newest");
    auto longer = made("a v=1 10\n", 1);
    ++longer.header.text_bytes;
    EXPECT_EQ(check.fault(longer), "9 bytes of text where the header says 10");
}

// ---- which part is meant?

record_header of_lane(std::string cluster, std::string bucket, std::int64_t oldest,
                      std::int64_t newest) {
    record_header header;
    header.sequence = 7;
    header.lane = {.cluster = std::move(cluster), .bucket = std::move(bucket), .tenant = ""};
    header.oldest_ns = oldest;
    header.newest_ns = newest;
    return header;
}

TEST(selection, a_span_ends_before_its_end) {
    selection wanted;
    wanted.from_ns = 10;
    wanted.to_ns = 20;
    EXPECT_TRUE(wanted.touches(of_lane("lab", "b", 5, 10)));
    EXPECT_TRUE(wanted.touches(of_lane("lab", "b", 19, 30)));
    EXPECT_FALSE(wanted.touches(of_lane("lab", "b", 20, 30)));
    EXPECT_FALSE(wanted.touches(of_lane("lab", "b", 5, 9)));
    EXPECT_TRUE(wanted.holds_whole(of_lane("lab", "b", 10, 19)));
    EXPECT_FALSE(wanted.holds_whole(of_lane("lab", "b", 9, 19)));

    std::string out;
    EXPECT_EQ(wanted.append_lines("a v=1 9\nb s=\"x 99\" 10\nc v=1 19\nd v=1 20\n", out), 2u);
    EXPECT_EQ(out, "b s=\"x 99\" 10\nc v=1 19\n");
}

TEST(selection, a_lane_is_named_as_far_as_it_matters) {
    selection wanted;
    set_lane(wanted, "lab");
    EXPECT_TRUE(wanted.touches(of_lane("lab", "b", 1, 1)));
    EXPECT_FALSE(wanted.touches(of_lane("other", "b", 1, 1)));
    selection any_cluster;
    set_lane(any_cluster, "/b");
    EXPECT_TRUE(any_cluster.touches(of_lane("lab", "b", 1, 1)));
    EXPECT_FALSE(any_cluster.touches(of_lane("lab", "c", 1, 1)));
    selection all_three;
    set_lane(all_three, "lab/b/team");
    EXPECT_FALSE(all_three.touches(of_lane("lab", "b", 1, 1)));
    EXPECT_EQ(all_three.tenant, "team");
}

TEST(selection, what_a_sink_owes_is_behind_its_cursor_and_in_its_gaps) {
    const cursor position{.delivered = 10, .gaps = {{3, 4}}};
    EXPECT_FALSE(owes(position, 2));
    EXPECT_TRUE(owes(position, 3));
    EXPECT_TRUE(owes(position, 4));
    EXPECT_FALSE(owes(position, 10));
    EXPECT_TRUE(owes(position, 11));
}

}  // namespace
}  // namespace relay::journal::tests
