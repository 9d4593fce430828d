// Datagrams: collected per lane, handed over by age and by size; and the bound of the lanes.
#include "tests/unit/ingest/intake_fixture.hpp"

#include <fmt/format.h>

#include <set>

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;

class datagrams : public intake_test {
protected:
    void send(std::string_view bytes, steady_time at = {}, const journal::lane& lane = udp) {
        // Exactly its size, so that a read beyond it is seen.
        const auto datagram = std::make_unique<char[]>(bytes.size());
        std::copy(bytes.begin(), bytes.end(), datagram.get());
        intake_->datagram(lane, {datagram.get(), bytes.size()}, {.steady = at, .wall = noon.wall},
                          "192.0.2.1");
    }

    inline static const journal::lane udp{.cluster = "lab", .bucket = "", .tenant = ""};
};

TEST_F(datagrams, those_of_a_lane_share_a_batch) {
    send("m f=1 5\n");
    send("m f=2 6\nm f=3 7\n");
    EXPECT_TRUE(journal_.batches.empty());
    intake_->flush_all();

    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].text,
              "m,cluster=lab f=1 5\nm,cluster=lab f=2 6\nm,cluster=lab f=3 7\n");
    EXPECT_EQ(journal_.batches[0].points, 3U);
    EXPECT_EQ(journal_.batches[0].lane, udp);
    EXPECT_EQ(journal_.batches[0].receipt, nullptr) << "nobody waits for it";
}

TEST_F(datagrams, a_bad_line_costs_only_itself) {
    send("m f=1 5\nm f= 6\nm f=3 7\n");
    send("m f=\"open 8\n");
    send(std::string_view("\x00\xff\x01 binary =,= \n\"", 16));
    send("m f=4 9");
    intake_->flush_all();

    EXPECT_EQ(journal_.text(), "m,cluster=lab f=1 5\nm,cluster=lab f=3 7\nm,cluster=lab f=4 9\n");
    EXPECT_GE(counters_.rejected.value(), 3U);
}

TEST_F(datagrams, an_empty_one_is_nothing) {
    send("");
    EXPECT_EQ(intake_->flush_due(steady_time(1h)), steady_time::max());
    EXPECT_TRUE(journal_.batches.empty());
}

TEST_F(datagrams, a_batch_waits_for_company_a_second_at_most) {
    const steady_time start(1h);
    EXPECT_EQ(intake_->flush_due(start), steady_time::max());
    send("m f=1 5\n", start);
    send("m f=2 5\n", start + 999ms);

    EXPECT_EQ(intake_->flush_due(start + 999ms), start + 1s);
    EXPECT_TRUE(journal_.batches.empty());
    EXPECT_EQ(intake_->flush_due(start + 1s), steady_time::max());
    EXPECT_EQ(journal_.points(), 2U);

    send("m f=3 5\n", start + 5s);
    EXPECT_EQ(intake_->flush_due(start + 5s), start + 6s);
}

TEST_F(datagrams, each_lane_has_its_own_second) {
    const journal::lane other{.cluster = "other", .bucket = "", .tenant = ""};
    const steady_time start(1h);
    send("m f=1 5\n", start);
    send("m f=2 5\n", start + 300ms, other);

    EXPECT_EQ(intake_->flush_due(start + 1s), start + 1300ms);
    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_EQ(journal_.batches[0].lane, udp);
    EXPECT_EQ(intake_->flush_due(start + 1300ms), steady_time::max());
    EXPECT_EQ(journal_.batches.at(1).text, "m,cluster=other f=2 5\n");
}

TEST_F(datagrams, a_full_batch_does_not_wait) {
    ingest_options options;
    options.datagram_batch_bytes = 1'000;
    restart(options);
    const steady_time start(1h);
    for (int i = 0; i < 60; ++i) {
        send("m f=1 5\n", start);
    }

    ASSERT_EQ(journal_.batches.size(), 1U);
    EXPECT_GE(journal_.batches[0].text.size(), 1'000U);
    EXPECT_LE(journal_.batches[0].text.size(), 1'100U);
    EXPECT_EQ(intake_->flush_due(start), start + 1s) << "the rest waits";
}

TEST_F(datagrams, a_missing_timestamp_is_the_time_of_arrival) {
    send("m f=1\n");
    intake_->flush_all();
    EXPECT_EQ(journal_.text(), "m,cluster=lab f=1 1755785271000000000\n");
}

// Nobody is told over UDP, so what a full journal costs must be counted and said.
TEST_F(datagrams, what_a_full_journal_does_not_take_is_counted_and_said) {
    journal_.answer = journal::durability::refused;
    const steady_time start(1h);
    send("m f=1 5\nm f=2 6\n", start);
    std::ignore = intake_->flush_due(start + 1s);

    EXPECT_EQ(counters_.refused_lines.value(), 2U);
    EXPECT_EQ(counters_.refused_batches.value(), 1U);
    EXPECT_EQ(counters_.lines.value(), 0U);
    ASSERT_EQ(log_.messages.size(), 1U);
    EXPECT_EQ(log_.messages[0].second, "the journal's queue is full: 2 lines were not taken");
}

TEST_F(datagrams, losses_are_said_every_ten_seconds_at_most) {
    journal_.answer = journal::durability::refused;
    const steady_time start(1h);
    for (int i = 0; i < 5; ++i) {
        send("m f=1 5\n", start + i * 2s);
        std::ignore = intake_->flush_due(start + i * 2s + 1s);
    }
    EXPECT_EQ(log_.messages.size(), 1U);

    send("m f=1 5\n", start + 11s);  // taken or not: the next sign of life tells

    ASSERT_EQ(log_.messages.size(), 2U);
    EXPECT_EQ(log_.messages[1].second, "the journal's queue is full: 4 lines were not taken");
    EXPECT_EQ(counters_.refused_lines.value(), 5U);
}

using lanes = datagrams;

// Only the bucket is the sender's to invent: the rest keeps its cluster and its tenant.
TEST_F(lanes, beyond_the_bound_they_share_one_per_cluster) {
    ingest_options options;
    options.lanes_max = 3;
    restart(options);

    for (int i = 0; i < 10; ++i) {
        for (const auto* cluster : {"lab", "lab2"}) {
            const journal::lane lane{
                .cluster = cluster, .bucket = fmt::format("b{}", i), .tenant = "t"};
            auto body = intake_->open(lane, protocol::precision::ns, noon, nullptr, "");
            body->feed("m f=1 5\n");
            std::ignore = body->finish();
        }
    }

    std::set<journal::lane> used;
    for (const auto& batch : journal_.batches) {
        used.insert(batch.lane);
        EXPECT_EQ(batch.text, fmt::format("m,cluster={} f=1 5\n", batch.lane.cluster));
    }
    EXPECT_EQ(used, (std::set<journal::lane>{{"lab", "b0", "t"},
                                             {"lab", "b1", "t"},
                                             {"lab2", "b0", "t"},
                                             {"lab", "", "t"},
                                             {"lab2", "", "t"}}));
    EXPECT_EQ(counters_.rest_lane.value(), 17U);
    EXPECT_EQ(log_.messages.size(), 1U);
}

}  // namespace
}  // namespace relay::ingest
