// The shell with a real HTTP client, a real clock and stores on loopback.
#include "relay/delivery/worker.hpp"

#include "tests/support/line_sink.hpp"
#include "tests/support/loopback_server.hpp"
#include "tests/support/manual_box.hpp"
#include "tests/support/memory_subscription.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>

namespace relay::delivery {
namespace {

using namespace std::chrono_literals;
using relay::tests::http_reply;
using relay::tests::line_sink;
using relay::tests::loopback_server;
using relay::tests::memory_journal;
using relay::tests::received;
using relay::tests::record_of;
using relay::tests::reply;

class worker_test : public testing::Test {
protected:
    worker_test() { options_.backoff = {.first = 1ms, .most = 5ms}; }

    worker& make_worker() {
        worker_ = std::make_unique<worker>(options_, time_, log_, 1);
        return *worker_;
    }

    static outlet outlet_to(const loopback_server& server, memory_journal& journal) {
        auto sink = std::make_unique<line_sink>();
        sink->base = server.url("");
        return {.name = "s",
                .sink = std::move(sink),
                .subscription = journal.subscribe(),
                .target = {},
                .replay = {}};
    }

    http::http_library library_;
    delivery_options options_;
    system_time time_;
    null_log log_;
    memory_journal journal_;
    std::unique_ptr<worker> worker_;  // ends before what it uses
};

TEST_F(worker_test, what_was_waiting_and_what_arrives_is_delivered) {
    std::atomic<int> lines = 0;
    loopback_server server([&](const received& request) {
        lines += static_cast<int>(line_sink::lines_of(request.body).size());
        return http_reply(204);
    });
    journal_.append(record_of(1, {"a", "b"}));
    const auto& counters = make_worker().add(outlet_to(server, journal_));
    worker_->start();
    EXPECT_TRUE(journal_.wait_for_commit(1));

    for (journal::sequence next = 2; next <= 50; ++next) {
        journal_.append(record_of(next, {"c"}));
        worker_->wake();
    }

    EXPECT_TRUE(journal_.wait_for_commit(50));
    worker_->stop();
    EXPECT_EQ(lines, 51);
    EXPECT_EQ(counters.points.value(), 51U);
    EXPECT_EQ(server.connections(), 1U);
    EXPECT_EQ(journal_.contents_asked(), journal::contents::text);
}

/// Never moves: nothing that happens once a second happens twice.
class still_time final : public time_source {
public:
    [[nodiscard]] moment now() const noexcept override {
        return {.steady = steady_time(1h), .wall = wall_time(1h)};
    }
};

TEST_F(worker_test, a_sink_that_falls_idle_is_shown_without_a_backlog_at_once) {
    loopback_server server([](const received&) { return http_reply(204); });
    journal_.append(record_of(1, {"a"}));
    const still_time still;
    worker one(options_, still, log_, 1);
    const auto& counters = one.add(outlet_to(server, journal_));
    one.start();

    EXPECT_TRUE(journal_.wait_for_commit(1));

    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (counters.behind_bytes.value() > 0 && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    EXPECT_EQ(counters.behind_bytes.value(), 0);
}

TEST_F(worker_test, what_is_still_gathered_does_not_hold_up_the_end) {
    loopback_server server([](const received&) { return http_reply(204); });
    journal_.append(record_of(1, {"a"}));
    const still_time still;  // the time of gathering never ends
    worker one(options_, still, log_, 1);
    one.add(outlet_to(server, journal_));
    one.start();
    EXPECT_TRUE(journal_.wait_for_commit(1));

    journal_.append(record_of(2, {"b"}));
    one.wake();
    EXPECT_TRUE(one.replay("s", 1, 1));
    one.stop(60s);

    EXPECT_EQ(journal_.committed().delivered, 1U);
}

TEST_F(worker_test, what_is_told_beside_the_records_neither_delays_nor_stops_them) {
    // The store never answers what is told, until all records are delivered.
    std::promise<void> all_delivered;
    const auto delivered = all_delivered.get_future().share();
    loopback_server server([](const received&) { return http_reply(204); });
    loopback_server listener([&](const received&) {
        delivered.wait();
        return http_reply(400);
    });
    auto way_out = outlet_to(server, journal_);
    dynamic_cast<line_sink&>(*way_out.sink).next_aside =
        http_request{.url = listener.url("/"), .headers = {}, .body = "aside"};
    const auto& counters = make_worker().add(std::move(way_out));
    worker_->start();

    for (journal::sequence next = 1; next <= 20; ++next) {
        journal_.append(record_of(next, {"a"}));
        worker_->wake();
        EXPECT_TRUE(journal_.wait_for_commit(next));
    }
    EXPECT_EQ(counters.asides.value(), 1U);
    EXPECT_EQ(counters.asides_refused.value(), 0U);

    all_delivered.set_value();
    while (counters.asides_refused.value() == 0)
        std::this_thread::yield();
    worker_->stop();
    EXPECT_EQ(counters.points.value(), 20U);
    EXPECT_EQ(counters.dropped.value(), 0U);
}

TEST_F(worker_test, what_is_told_beside_the_records_does_not_hold_up_the_end) {
    std::promise<void> ended;
    const auto end = ended.get_future().share();
    loopback_server server([](const received&) { return http_reply(204); });
    loopback_server listener([&](const received&) {
        end.wait();
        return http_reply(204);
    });
    auto way_out = outlet_to(server, journal_);
    dynamic_cast<line_sink&>(*way_out.sink).next_aside =
        http_request{.url = listener.url("/"), .headers = {}, .body = "aside"};
    const auto& counters = make_worker().add(std::move(way_out));
    worker_->start();
    journal_.append(record_of(1, {"a"}));
    worker_->wake();
    while (counters.asides.value() == 0)
        std::this_thread::yield();

    worker_->stop(60s);
    ended.set_value();
    EXPECT_EQ(journal_.committed().delivered, 1U);
}

/// Refuses whatever holds poison.
reply poison_hater(const received& request) {
    return http_reply(request.body.find("poison") == std::string::npos ? 204 : 400);
}

TEST_F(worker_test, a_cursor_waits_for_the_dead_letter_of_what_was_dropped) {
    loopback_server server(poison_hater);
    relay::tests::manual_box box;
    journal_.append(record_of(1, {"a"}));
    journal_.append(record_of(2, {"poison"}));
    auto way_out = outlet_to(server, journal_);
    way_out.letters = &box;
    const auto& counters = make_worker().add(std::move(way_out));
    worker_->start();
    while (counters.dropped.value() == 0)
        std::this_thread::yield();
    // It goes on delivering meanwhile.
    journal_.append(record_of(3, {"b"}));
    worker_->wake();
    while (counters.points.value() < 2)
        std::this_thread::yield();
    EXPECT_LT(journal_.committed().delivered, 2u);

    box.durable = box.letters().size();
    worker_->wake();

    EXPECT_TRUE(journal_.wait_for_commit(3));
    EXPECT_EQ(box.lines(), std::vector<std::string>{"poison"});
}

TEST_F(worker_test, a_stop_leaves_what_is_not_on_disk_to_the_next_start) {
    loopback_server server(poison_hater);
    relay::tests::manual_box box;
    journal_.append(record_of(1, {"poison"}));
    auto way_out = outlet_to(server, journal_);
    way_out.letters = &box;
    const auto& counters = make_worker().add(std::move(way_out));
    worker_->start();
    while (counters.dropped.value() == 0)
        std::this_thread::yield();

    worker_->stop(10ms);

    EXPECT_EQ(journal_.committed().delivered, 0u);
}

TEST_F(worker_test, what_arrives_right_after_an_empty_read_is_noticed) {
    loopback_server server([](const received&) { return http_reply(204); });
    make_worker().add(outlet_to(server, journal_));
    journal::sequence next = 1;  // of the worker's thread
    journal_.on_empty_read = [&] {
        if (next > 20) return;
        journal_.append(record_of(next++, {"late"}));
        worker_->wake();
    };
    worker_->start();

    EXPECT_TRUE(journal_.wait_for_commit(20));
    worker_->stop();
}

TEST_F(worker_test, several_sinks_share_a_worker_and_none_waits_for_a_dead_one) {
    loopback_server silent(
        [](const received&) { return reply{.bytes = "", .after = reply::then::hang}; });
    loopback_server prompt([](const received&) { return http_reply(204); });
    memory_journal other;
    journal_.append(record_of(1, {"a"}));
    other.append(record_of(1, {"a"}));
    make_worker();
    const auto& stuck = worker_->add(outlet_to(silent, journal_));
    const auto& healthy = worker_->add(outlet_to(prompt, other));
    worker_->start();

    EXPECT_TRUE(other.wait_for_commit(1));

    worker_->stop(0ms);
    EXPECT_EQ(healthy.points.value(), 1U);
    EXPECT_EQ(stuck.points.value(), 0U);
    EXPECT_EQ(journal_.committed().delivered, 0U);
}

TEST_F(worker_test, a_store_that_comes_back_gets_everything) {
    std::atomic<int> requests = 0;
    std::vector<std::string> lines;
    loopback_server server([&](const received& request) {
        if (++requests <= 10) return http_reply(503);
        for (const auto& line : line_sink::lines_of(request.body)) {
            lines.push_back(line);
        }
        return http_reply(204);
    });
    const auto& counters = make_worker().add(outlet_to(server, journal_));
    worker_->start();
    for (journal::sequence next = 1; next <= 5; ++next) {
        journal_.append(record_of(next, {"l" + std::to_string(next)}));
        worker_->wake();
    }

    EXPECT_TRUE(journal_.wait_for_commit(5));
    worker_->stop();

    EXPECT_EQ(lines, (std::vector<std::string>{"l1", "l2", "l3", "l4", "l5"}));
    EXPECT_EQ(counters.retries.value(), 10U);
    EXPECT_GT(counters.last_success_ns.value(), 0);
}

TEST_F(worker_test, stop_lets_a_request_in_flight_finish) {
    std::atomic<bool> asked = false;
    std::atomic<bool> answer = false;
    loopback_server server([&](const received&) {
        asked = true;
        asked.notify_all();
        answer.wait(false);
        return http_reply(204);
    });
    journal_.append(record_of(1, {"a"}));
    make_worker().add(outlet_to(server, journal_));
    worker_->start();
    asked.wait(false);

    // The store answers once the worker has taken another turn, woken by stop().
    std::thread store([&, turns = worker_->heartbeats()] {
        while (worker_->heartbeats() == turns) {
            std::this_thread::yield();
        }
        answer = true;
        answer.notify_all();
    });
    worker_->stop(60s);
    store.join();

    EXPECT_EQ(journal_.committed().delivered, 1U);
}

TEST_F(worker_test, stop_does_not_wait_longer_than_its_grace) {
    std::atomic<bool> asked = false;
    loopback_server silent([&](const received&) {
        asked = true;
        asked.notify_all();
        return reply{.bytes = "", .after = reply::then::hang};
    });
    journal_.append(record_of(1, {"a"}));
    make_worker().add(outlet_to(silent, journal_));
    worker_->start();
    asked.wait(false);

    const auto begin = std::chrono::steady_clock::now();
    worker_->stop(50ms);
    const auto took = std::chrono::steady_clock::now() - begin;

    EXPECT_GE(took, 50ms);
    EXPECT_LT(took, 20s);
    EXPECT_EQ(journal_.committed().delivered, 0U);
}

TEST_F(worker_test, what_a_cursor_still_owes_is_sent_behind_what_is_new) {
    std::string bodies;
    loopback_server server([&](const received& request) {
        bodies += request.body;
        return http_reply(204);
    });
    for (journal::sequence next = 1; next <= 5; ++next) {
        journal_.append(record_of(next, {"l" + std::to_string(next)}));
    }
    journal_.set_committed({.delivered = 4, .gaps = {{.first = 3, .last = 3}}});
    make_worker().add(outlet_to(server, journal_));
    worker_->start();

    EXPECT_TRUE(journal_.wait_until([](const auto& position) {
        return position == journal::cursor{5, {}};
    }));
    worker_->stop();

    EXPECT_EQ(bodies, "l5\nl3\n");
}

TEST_F(worker_test, a_replay_that_is_asked_for_is_sent_once_more) {
    locked<std::vector<std::string>> bodies;
    loopback_server server([&](const received& request) {
        bodies.with([&](auto& all) { all.push_back(request.body); });
        return http_reply(204);
    });
    for (journal::sequence next = 1; next <= 5; ++next) {
        journal_.append(record_of(next, {"l" + std::to_string(next)}));
    }
    make_worker().add(outlet_to(server, journal_));
    worker_->start();
    EXPECT_TRUE(journal_.wait_for_commit(5));

    EXPECT_FALSE(worker_->replay("other", 1, 5));
    EXPECT_TRUE(worker_->replay("s", 2, 3));
    const auto asked_at = std::chrono::steady_clock::now();
    // The gap may have come and gone before this thread looks.
    EXPECT_TRUE(journal_.wait_until([&bodies](const auto& position) {
        return position.gaps.empty() &&
               bodies.with([](const auto& all) { return all.size() == 2; });
    }));
    EXPECT_LT(std::chrono::steady_clock::now() - asked_at, 4s) << "only a heartbeat woke it";
    worker_->stop();

    bodies.with([](const auto& all) {
        EXPECT_EQ(all, (std::vector<std::string>{"l1\nl2\nl3\nl4\nl5\n", "l2\nl3\n"}));
    });
}

TEST_F(worker_test, a_sink_that_comes_while_it_runs_gets_what_waits_and_what_arrives) {
    loopback_server server([](const received&) { return http_reply(204); });
    journal_.append(record_of(1, {"a"}));
    make_worker().start();

    const auto counters = worker_->admit(outlet_to(server, journal_));
    EXPECT_TRUE(journal_.wait_for_commit(1));
    journal_.append(record_of(2, {"b"}));
    worker_->wake();

    EXPECT_TRUE(journal_.wait_for_commit(2));
    worker_->stop();
    EXPECT_EQ(counters->points.value(), 2U);
}

TEST_F(worker_test, a_sink_that_goes_finishes_its_request_and_commits) {
    std::atomic<bool> asked = false;
    std::atomic<bool> answer = false;
    loopback_server slow([&](const received&) {
        asked = true;
        asked.notify_all();
        answer.wait(false);
        return http_reply(204);
    });
    loopback_server other([](const received&) { return http_reply(204); });
    journal_.append(record_of(1, {"a"}));
    const auto counters = make_worker().admit(outlet_to(slow, journal_));
    worker_->start();
    asked.wait(false);

    auto gone = worker_->dismiss("s", 60s);
    memory_journal second;
    second.append(record_of(1, {"b"}));
    auto stays = outlet_to(other, second);
    stays.name = "other";
    worker_->admit(std::move(stays));
    EXPECT_TRUE(second.wait_for_commit(1));  // meanwhile others are served
    EXPECT_EQ(journal_.committed().delivered, 0U);
    answer = true;
    answer.notify_all();
    gone.wait();

    EXPECT_EQ(journal_.committed().delivered, 1U);
    EXPECT_EQ(counters->points.value(), 1U);
    worker_->stop();
}

TEST_F(worker_test, a_sink_that_goes_is_waited_for_no_longer_than_its_grace) {
    std::atomic<bool> asked = false;
    loopback_server silent([&](const received&) {
        asked = true;
        asked.notify_all();
        return reply{.bytes = "", .after = reply::then::hang};
    });
    journal_.append(record_of(1, {"a"}));
    make_worker().add(outlet_to(silent, journal_));
    worker_->start();
    asked.wait(false);

    worker_->dismiss("s", 20ms).wait();

    EXPECT_EQ(journal_.committed().delivered, 0U);
}

TEST_F(worker_test, a_sink_that_was_changed_goes_on_from_its_cursor) {
    loopback_server dead([](const received&) { return http_reply(503); });
    std::string bodies;
    loopback_server well([&](const received& request) {
        bodies += request.body;
        return http_reply(204);
    });
    for (journal::sequence next = 1; next <= 3; ++next)
        journal_.append(record_of(next, {"l" + std::to_string(next)}));
    journal_.set_committed({.delivered = 1, .gaps = {}});
    make_worker().add(outlet_to(dead, journal_));
    worker_->start();

    worker_->dismiss("s", 60s).wait();
    worker_->admit(outlet_to(well, journal_));

    EXPECT_TRUE(journal_.wait_for_commit(3));
    worker_->stop();
    EXPECT_EQ(bodies, "l2\nl3\n");
}

TEST_F(worker_test, a_sink_that_was_changed_goes_on_counting) {
    loopback_server store([](const received&) { return http_reply(204); });
    journal_.append(record_of(1, {"a", "b"}));
    const auto counters = make_worker().admit(outlet_to(store, journal_));
    worker_->start();
    ASSERT_TRUE(journal_.wait_for_commit(1));
    worker_->dismiss("s", 60s).wait();
    counters->lost_records.set(7);

    journal_.append(record_of(2, {"c"}));
    auto changed = outlet_to(store, journal_);
    changed.counters = counters;
    EXPECT_EQ(worker_->admit(std::move(changed)), counters);

    ASSERT_TRUE(journal_.wait_for_commit(2));
    worker_->stop();
    EXPECT_EQ(counters->points.value(), 3U);
    EXPECT_EQ(counters->lost_records.value(), 7);
}

TEST_F(worker_test, a_sink_that_nobody_knows_is_gone_already) {
    make_worker().start();
    worker_->dismiss("nobody", 60s).wait();
}

TEST_F(worker_test, a_worker_without_sinks_starts_and_stops) {
    make_worker().start();
    worker_->wake();
    worker_->stop();
    worker_->stop();
}

}  // namespace
}  // namespace relay::delivery
