// Whether a node sends as one cluster alone, and as its own.
#include "relay/ingest/node_homes.hpp"

#include "tests/unit/ingest/guest_fixture.hpp"

#include <fmt/format.h>

namespace relay::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class node_homes_test : public testing::Test {
protected:
    static steady_time at(int seconds) { return noon.steady + std::chrono::seconds(seconds); }

    tests::recording_log log_;
    topology::snapshot_board board_;
    node_homes homes_{log_, &board_};
};

TEST_F(node_homes_test, a_node_of_one_cluster_is_nothing_to_speak_of) {
    for (int i = 0; i < 100; ++i)
        homes_.saw("pve1", "192.0.2.1", "lab", at(10 * i));
    homes_.saw("pve1", "192.0.2.99", "prod", at(1000));  // another node of that name

    EXPECT_EQ(homes_.counters().two_clusters.value(), 0U);
    EXPECT_THAT(log_.messages, IsEmpty());
}

TEST_F(node_homes_test, a_node_that_goes_to_and_fro_is_told_once_an_hour_and_counted) {
    for (int i = 0; i < 10; ++i) {
        homes_.saw("pve1", "192.0.2.1", "lab", at(10 * i));
        homes_.saw("pve1", "192.0.2.1", "prod", at(10 * i + 1));
    }

    EXPECT_EQ(homes_.counters().two_clusters.value(), 18U) << "all turns but the first";
    ASSERT_THAT(log_.messages, SizeIs(1));
    EXPECT_THAT(log_.messages[0].second,
                HasSubstr("node pve1 at 192.0.2.1 sends as cluster lab and as cluster prod"));

    homes_.saw("pve1", "192.0.2.1", "lab", at(3700));
    homes_.saw("pve1", "192.0.2.1", "prod", at(3701));
    homes_.saw("pve1", "192.0.2.1", "lab", at(3702));
    EXPECT_THAT(log_.messages, SizeIs(2));
}

// A configuration that gives the cluster another name, and one that takes it back the next day.
TEST_F(node_homes_test, a_node_may_move) {
    homes_.saw("pve1", "192.0.2.1", "lab", at(0));
    homes_.saw("pve1", "192.0.2.1", "prod", at(10));
    homes_.saw("pve1", "192.0.2.1", "prod", at(20));
    homes_.saw("pve1", "192.0.2.1", "lab", at(90'000));

    EXPECT_EQ(homes_.counters().two_clusters.value(), 0U);
    EXPECT_THAT(log_.messages, IsEmpty());
}

TEST_F(node_homes_test, a_node_that_the_api_does_not_have_is_a_stranger_after_a_while) {
    auto known = std::make_shared<topology::snapshot>();
    known->cluster = "lab";
    known->nodes.emplace_back().name = "pve1";
    board_.publish(known);

    homes_.saw("pve9", "192.0.2.9", "lab", at(0));
    homes_.saw("pve9", "192.0.2.9", "lab", at(599));
    EXPECT_EQ(homes_.counters().strangers.value(), 0U) << "it may have joined just now";
    homes_.saw("pve9", "192.0.2.9", "lab", at(600));
    homes_.saw("pve9", "192.0.2.9", "lab", at(610));
    homes_.saw("pve1", "192.0.2.1", "lab", at(610));
    homes_.saw("pve9", "192.0.2.9", "other", at(5000));  // of which nothing is known

    EXPECT_EQ(homes_.counters().strangers.value(), 2U);
    ASSERT_THAT(log_.messages, SizeIs(1));
    EXPECT_THAT(log_.messages[0].second,
                HasSubstr("pve9 at 192.0.2.9 sends as cluster lab, whose API"));
}

TEST_F(node_homes_test, forged_names_fill_no_memory) {
    for (std::size_t i = 0; i < 3 * node_homes::nodes_max; ++i)
        homes_.saw(fmt::format("n{}", i), "192.0.2.1", "lab", at(0));
    homes_.saw("pve1", "192.0.2.1", "lab", at(0));
    homes_.saw("pve1", "192.0.2.1", "prod", at(1));
    homes_.saw("pve1", "192.0.2.1", "lab", at(2));

    EXPECT_EQ(homes_.counters().two_clusters.value(), 1U);
}

class homes_of_intake : public guests_test {
protected:
    void push_as(const char* cluster, std::string_view text) {
        auto body = intake_->open({.cluster = cluster, .bucket = "", .tenant = ""},
                                  protocol::precision::ns, noon, nullptr, "192.0.2.1");
        body->feed(text);
        std::ignore = body->finish();
    }
    void push_in_turns(std::string_view text) {
        for (const auto* cluster : {"lab", "prod", "lab"})
            push_as(cluster, text);
    }

    homes_of_intake() {
        intake_ =
            std::make_unique<intake>(ingest_options{}, journal_, counters_, log_, refusal_outlet{},
                                     shared_knowledge{.board = nullptr, .homes = &homes_});
    }

    node_homes homes_{log_, nullptr};
};

TEST_F(homes_of_intake, every_kind_of_line_names_its_node) {
    const std::string node = "cpustat,object=nodes,host=pve1 x=1\n";
    const std::string guest = "system,object=qemu,vmid=100,nodename=pve1,host=web x=1\n";
    const std::string storage = "system,object=storages,nodename=pve1,host=local,type=dir x=1\n";
    push_as("lab", node);
    push_as("prod", guest);
    push_as("lab", storage);
    push_as("prod", "bad\n" + node);

    EXPECT_EQ(homes_.counters().two_clusters.value(), 2U);
}

TEST_F(homes_of_intake, who_is_no_node_is_not_judged) {
    push_in_turns("cpu,host=pve1 x=1\n");                  // Telegraf
    push_in_turns("cpustat,object=host,host=pve1 x=1\n");  // a Backup Server
    push_in_turns("bad\n");

    EXPECT_EQ(homes_.counters().two_clusters.value(), 0U);
}

TEST_F(homes_of_intake, datagrams_are_judged_as_bodies_are) {
    for (const auto* cluster : {"lab", "prod", "lab"}) {
        intake_->datagram({.cluster = cluster, .bucket = "", .tenant = ""}, line_of(100), noon,
                          "192.0.2.1");
    }
    EXPECT_EQ(homes_.counters().two_clusters.value(), 1U);
}

}  // namespace
}  // namespace relay::ingest
