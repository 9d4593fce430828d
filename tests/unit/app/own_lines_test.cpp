// The relay's own lines take the way of all others; whose bucket they take is one rule.
#include "relay/own_lines.hpp"

#include "tests/support/manual_box.hpp"
#include "tests/support/recording_journal.hpp"
#include "tests/support/recording_log.hpp"

#include <gmock/gmock.h>

namespace relay {
namespace {

class own_lines_test : public testing::Test {
protected:
    own_lines_test() {
        settings_.clusters.emplace_back().name = "lab";
        settings_.apis.emplace_back().cluster = "lab";
    }
    void nodes_name(const std::string& bucket) {
        const ingest::sightings none(ingest::transaction_part::whole);
        watch_.of("lab").with([&](auto& lab) { lab.take(none, bucket, time_.now()); });
    }
    std::string bucket_of_next() {
        lines_.change(settings_);
        lines_.push("lab", "relay_x a=1 1755785270000000000\n");
        return journal_.batches.back().lane.bucket;
    }

    const system_time time_;
    tests::recording_journal journal_;
    tests::manual_box letters_;
    tests::recording_log log_;
    topology::snapshot_board board_;
    ingest::presence watch_{ingest::presence_options{}};
    config::settings settings_;
    own_lines lines_{{.journal = journal_,
                      .letters = letters_,
                      .board = board_,
                      .watch = &watch_,
                      .time = time_,
                      .log = log_},
                     settings_};
};

TEST_F(own_lines_test, go_to_the_journal_with_the_tags_of_all) {
    settings_.ingest.tags = {{"site", "a"}};
    lines_.change(settings_);

    lines_.push("lab", "relay_x a=1 1755785270000000000\n");
    lines_.push("lab", "");

    EXPECT_EQ(journal_.text(), "relay_x,cluster=lab,site=a a=1 1755785270000000000\n");
    EXPECT_EQ(journal_.batches.at(0).lane.cluster, "lab");
    EXPECT_EQ(lines_.counters().lines.value(), 1u);
}

TEST_F(own_lines_test, go_to_the_chosen_bucket_else_to_the_last_named_else_to_the_likely_one) {
    EXPECT_EQ(bucket_of_next(), "");
    settings_.clusters[0].buckets = {"likely"};
    EXPECT_EQ(bucket_of_next(), "likely");
    nodes_name("named");
    EXPECT_EQ(bucket_of_next(), "named");
    settings_.apis[0].bucket = "chosen";
    EXPECT_EQ(bucket_of_next(), "chosen");
}

TEST_F(own_lines_test, one_that_is_wrong_costs_only_itself) {
    lines_.push("lab", "relay_x a= 1755785270000000000\nrelay_y a=1 1755785270000000000\n");

    EXPECT_EQ(journal_.text(), "relay_y,cluster=lab a=1 1755785270000000000\n");
    EXPECT_EQ(letters_.letters().size(), 1u);
}

}  // namespace
}  // namespace relay
