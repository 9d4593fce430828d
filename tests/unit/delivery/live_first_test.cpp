// New data goes first and the backlog follows behind it, whatever happens on the way.
#include "tests/unit/delivery/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace relay::delivery::tests {
namespace {

using namespace std::chrono_literals;
using journal::gap;
using testing::ElementsAre;

class live_first : public testing::Test {
protected:
    live_first() {
        stage.replay.order = replay_order::live_first;
        stage.read_at_once = 2;
        stage.accounts = true;
    }

    /// Records "l1", "l2" … that were appended an hour ago.
    void add_backlog(int count) {
        stage.age = 1h;
        for (int i = 0; i < count; ++i) {
            stage.add({"l" + std::to_string(stage.records.size() + 1)});
        }
        stage.age = 0s;
    }

    [[nodiscard]] std::vector<std::string> bodies() const {
        std::vector<std::string> all;
        for (const auto& one : stage.exchanges) {
            all.push_back(one.request.body);
        }
        return all;
    }

    void expect_all_stored_once() const {
        for (const auto& record : stage.records) {
            for (const auto& line : line_sink::lines_of(record->text)) {
                const auto at = stage.store.stored.find(line);
                EXPECT_EQ(at == stage.store.stored.end() ? 0 : at->second, 1) << line;
            }
        }
    }

    /// The store does as it does; before its answer number `at`, `then` happens.
    void before_answer(std::size_t at, std::function<void()> then) {
        stage.direct = [=](std::size_t number,
                           const http_request&) -> std::optional<http_response> {
            if (number == at) then();
            return std::nullopt;
        };
    }

    rehearsal stage;
};

TEST_F(live_first, what_arrives_during_the_replay_is_sent_next) {
    add_backlog(8);
    before_answer(1, [this] { stage.add({"live"}); });

    EXPECT_TRUE(stage.play());

    EXPECT_THAT(bodies(), ElementsAre("l1\nl2\n", "l3\nl4\n", "live\n", "l5\nl6\n", "l7\nl8\n"));
    EXPECT_EQ(stage.position, (journal::cursor{9, {}}));
    EXPECT_EQ(stage.said("new data goes first"), 1U);
    EXPECT_EQ(stage.said("behind new data is delivered"), 1U);
}

TEST_F(live_first, the_cursor_says_what_is_owed_meanwhile) {
    add_backlog(8);
    before_answer(1, [this] { stage.add({"live"}); });

    EXPECT_FALSE(stage.play(3));

    EXPECT_EQ(stage.position, (journal::cursor{9, {{5, 8}}}));
    EXPECT_EQ(stage.counters.delivered_sequence.value(), 4);
    EXPECT_EQ(stage.counters.owed_gaps.value(), 1);
    EXPECT_EQ(stage.counters.owed_records.value(), 4);
}

TEST_F(live_first, a_restart_goes_on_with_what_is_owed) {
    add_backlog(8);
    EXPECT_FALSE(stage.play(2));
    stage.restart();
    stage.add({"live"});

    EXPECT_TRUE(stage.play());

    expect_all_stored_once();
    EXPECT_EQ(stage.committed, 9U);
}

TEST_F(live_first, every_outage_adds_to_what_is_owed) {
    add_backlog(6);
    EXPECT_FALSE(stage.play(1));
    stage.restart();
    add_backlog(6);

    EXPECT_FALSE(stage.play(0));
    EXPECT_EQ(stage.position, (journal::cursor{12, {{3, 12}}}));
    EXPECT_TRUE(stage.play());

    expect_all_stored_once();
}

TEST_F(live_first, a_backlog_of_one_read_keeps_its_order) {
    add_backlog(2);

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.said("new data goes first"), 0U);
    EXPECT_THAT(bodies(), ElementsAre("l1\nl2\n"));
}

TEST_F(live_first, young_data_is_no_backlog) {
    for (int i = 0; i < 6; ++i) {
        stage.add({"l" + std::to_string(i)});
    }
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.said("new data goes first"), 0U);
    expect_all_stored_once();
}

TEST_F(live_first, in_order_the_oldest_goes_first) {
    stage.replay.order = replay_order::in_order;
    add_backlog(4);
    before_answer(0, [this] { stage.add({"live"}); });

    EXPECT_TRUE(stage.play());

    EXPECT_THAT(bodies(), ElementsAre("l1\nl2\n", "l3\nl4\n", "live\n"));
}

TEST_F(live_first, what_is_owed_and_gone_is_passed) {
    add_backlog(8);
    EXPECT_FALSE(stage.play(1));
    stage.gone = {3, 4, 5, 6, 7, 8};
    stage.add({"live"});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges.size(), 2U + 1U);  // "l3 l4" was in memory
    EXPECT_EQ(stage.position, (journal::cursor{9, {}}));
}

TEST_F(live_first, a_poisonous_piece_of_the_backlog_does_not_hold_up_what_is_new) {
    add_backlog(4);
    stage.store.faults = {"l1"};
    stage.read_at_once = 1;
    EXPECT_FALSE(stage.play(5));  // nothing tells a sick store from bad data
    EXPECT_TRUE(stage.store.stored.empty());

    stage.add({"live"});
    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.committed, 5U);
    EXPECT_EQ(stage.store.stored.size(), 4U);
}

TEST_F(live_first, the_rate_bounds_the_backlog) {
    add_backlog(8);
    stage.replay.rate = byte_size{1};  // a piece is 6 bytes
    stage.add({"live"});

    EXPECT_TRUE(stage.play());

    ASSERT_EQ(stage.exchanges.size(), 5U);
    EXPECT_EQ(stage.exchanges[4].at - stage.exchanges[0].at, 4 * 6s);
    expect_all_stored_once();
}

TEST_F(live_first, while_the_backlog_is_paced_what_is_new_goes_at_once) {
    add_backlog(8);
    stage.replay.rate = byte_size{1};
    stage.play_until(action::kind::wait);
    EXPECT_EQ(stage.counters.present_state(), delivery_state::pacing);
    const auto begun = stage.now.steady;

    stage.add({"live"});
    stage.play_until(action::kind::wait);

    EXPECT_EQ(stage.exchanges.back().request.body, "live\n");
    EXPECT_EQ(stage.exchanges.back().at, begun);
}

TEST_F(live_first, a_replay_that_is_asked_for_comes_behind_what_is_new) {
    stage.replay.order = replay_order::in_order;
    stage.age = 1h;
    for (int i = 1; i <= 5; ++i) {
        stage.add({"l" + std::to_string(i)});
    }
    EXPECT_TRUE(stage.play());
    stage.exchanges.clear();
    stage.add({"new"});

    stage.go_on_with(stage.machine().owe({.first = 2, .last = 3}));
    EXPECT_EQ(stage.position, (journal::cursor{5, {{2, 3}}}));
    EXPECT_TRUE(stage.play());

    EXPECT_THAT(bodies(), ElementsAre("new\n", "l2\nl3\n"));
    EXPECT_EQ(stage.position, (journal::cursor{6, {}}));
}

TEST_F(live_first, a_replay_is_noted_while_a_request_is_in_flight) {
    stage.add({"a"});
    EXPECT_TRUE(stage.play());
    stage.add({"b"});
    stage.play_until(action::kind::send);

    const auto meanwhile = stage.machine().owe({.first = 1, .last = 9});

    EXPECT_EQ(meanwhile.what, action::kind::await);
    ASSERT_TRUE(meanwhile.commit.has_value());
    EXPECT_EQ(*meanwhile.commit, (journal::cursor{1, {{1, 1}}}));
}

// --- the way alone -------------------------------------------------------------------------------

std::vector<journal::record_ptr> one_record(journal::sequence sequence) {
    return {relay::tests::record_of(sequence, {"l"})};
}

TEST(itinerary_test, beyond_the_bound_gaps_become_one_and_nothing_is_lost) {
    const delivery_options options;
    const replay_options replay{.order = replay_order::live_first, .rate = {}};
    itinerary way({}, replay, options);
    const moment now{};

    journal::sequence newest = 0;
    for (int outage = 0; outage < 200; ++outage) {
        way.turn_to_live();
        way.put_off(newest += 10);  // owed
        auto live = one_record(++newest);
        way.was_read(live);
        way.done(now);  // delivered
    }

    EXPECT_EQ(way.position().gaps.size(), journal::gaps_max);
    EXPECT_EQ(way.position().delivered, newest);
    for (journal::sequence one = 1; one <= newest; ++one) {
        if (one % 11 != 0) {
            EXPECT_EQ(journal::missing(way.position(), one, one), 1U) << one;
        }
    }
}

TEST(itinerary_test, pieces_follow_how_quick_the_store_is) {
    const delivery_options options;
    const replay_options replay{.order = replay_order::live_first, .rate = {}};
    itinerary way({.delivered = 1'000, .gaps = {{1, 1'000}}}, replay, options);
    moment now{};
    const auto deliver = [&](journal::sequence sequence, std::chrono::milliseconds took) {
        way.turn_to_backlog(now);
        auto piece = one_record(sequence);
        way.was_read(piece);
        now.steady += took;
        way.done(now);
        way.turn_to_backlog(now);
        return way.limits().bytes;
    };

    const auto first = deliver(1, 300ms);
    EXPECT_EQ(deliver(2, 10ms), first * 2);
    EXPECT_EQ(deliver(3, 10ms), first * 4);
    EXPECT_EQ(deliver(4, 1s), first);
    journal::sequence next = 5;
    for (; next < 20; ++next) {
        EXPECT_LE(deliver(next, 10ms), options.read_bytes);
    }
    EXPECT_EQ(way.limits().bytes, options.read_bytes);
    EXPECT_EQ(deliver(next++, 1h), 16U << 10);
    EXPECT_EQ(deliver(next++, 1h), 16U << 10);
}

TEST(itinerary_test, the_end_of_a_gap_says_nothing_of_how_quick_the_store_is) {
    const delivery_options options;
    const replay_options replay{.order = replay_order::live_first, .rate = {}};
    itinerary way({.delivered = 9, .gaps = {{1, 1}, {4, 9}}}, replay, options);
    way.turn_to_backlog({});
    const auto before = way.limits().bytes;
    auto piece = one_record(1);
    way.was_read(piece);
    way.done({});
    way.turn_to_backlog({});
    EXPECT_EQ(way.limits().bytes, before);
}

// --- what is lost --------------------------------------------------------------------------------

TEST(loss_list_test, what_follows_closely_for_the_same_reason_is_one_incident) {
    constexpr std::int64_t minute = 60'000'000'000;
    loss_list losses;
    losses.add({.from_ns = 10, .to_ns = 20, .points = 3, .reason = "max_bytes", .noted_ns = 0});
    losses.add({.from_ns = 5, .to_ns = 8, .points = 1, .reason = "damaged", .noted_ns = 1});
    losses.add(
        {.from_ns = 20, .to_ns = 30, .points = 4, .reason = "max_bytes", .noted_ns = minute});
    losses.add(
        {.from_ns = 90, .to_ns = 95, .points = 1, .reason = "max_bytes", .noted_ns = 60 * minute});

    ASSERT_EQ(losses.incidents().size(), 3U);
    const auto& first = losses.incidents()[0];
    EXPECT_EQ(first.from_ns, 10);
    EXPECT_EQ(first.to_ns, 30);
    EXPECT_EQ(first.points, 7U);
    EXPECT_EQ(losses.incidents()[2].points, 1U);
}

TEST(loss_list_test, only_the_latest_incidents_are_kept) {
    loss_list losses;
    for (std::size_t i = 0; i < 2 * loss_list::most; ++i) {
        losses.add({.from_ns = 0,
                    .to_ns = 0,
                    .points = 1,
                    .reason = "reason " + std::to_string(i),
                    .noted_ns = 0});
    }
    EXPECT_EQ(losses.incidents().size(), loss_list::most);
    EXPECT_EQ(losses.incidents().back().reason, "reason 63");
}

}  // namespace
}  // namespace relay::delivery::tests
