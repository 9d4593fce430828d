// What a store's answers lead to (docs/delivery.md), one behaviour at a time.
#include "relay/delivery/delivery.hpp"

#include "tests/unit/delivery/rehearsal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

namespace relay::delivery::tests {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::Pair;

http_response with_retry_after(int status, const std::string& seconds) {
    auto response = response_of(status);
    response.headers.emplace_back("retry-after", seconds);
    return response;
}

/// The director's way of answering the first requests by hand.
rehearsal::director first_answers(std::vector<http_response> answers) {
    return [answers = std::move(answers)](std::size_t number, const http_request&) {
        return number < answers.size() ? std::optional(answers[number]) : std::nullopt;
    };
}

void expect_all_stored_once(const rehearsal& played) {
    for (const auto& record : played.records) {
        for (const auto& line : line_sink::lines_of(record->text)) {
            const auto at = played.store.stored.find(line);
            EXPECT_EQ(at == played.store.stored.end() ? 0 : at->second, 1) << line;
        }
    }
}

TEST(delivery, records_are_sent_together_and_committed) {
    rehearsal stage;
    stage.add({"a", "b"});
    stage.add({"c"});

    EXPECT_TRUE(stage.play());

    ASSERT_EQ(stage.exchanges.size(), 1U);
    EXPECT_EQ(stage.exchanges[0].request.body, "a\nb\nc\n");
    EXPECT_EQ(stage.committed, 2U);
    EXPECT_EQ(stage.counters.points.value(), 3U);
    EXPECT_EQ(stage.counters.present_state(), delivery_state::idle);
}

TEST(delivery, nothing_to_deliver_is_idle_until_notified) {
    rehearsal stage;
    EXPECT_TRUE(stage.play());
    EXPECT_TRUE(stage.exchanges.empty());

    stage.add({"a"});
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.committed, 1U);
}

TEST(delivery, whole_records_are_committed_while_later_ones_wait) {
    rehearsal stage;
    stage.sink.units_max = 2;
    stage.add({"a", "b", "c"});
    stage.add({"d", "e", "f"});

    // "a b", "c d", then the store is gone: record 1 is delivered, record 2 is not.
    stage.direct = [](std::size_t number, const http_request&) {
        return number >= 2 ? std::optional(response_of(0)) : std::nullopt;
    };
    EXPECT_FALSE(stage.play(5));

    EXPECT_EQ(stage.committed, 1U);
}

TEST(delivery, what_is_prepared_is_what_would_have_been_made_later) {
    // The same store, with all that can come between, once with and once without.
    const auto bodies = [](bool prepares) {
        rehearsal stage;
        stage.prepares = prepares;
        stage.sink.units_max = 3;
        stage.store.refuses = {"l4", "l11"};
        for (int i = 0; i < 5; ++i)
            stage.add_lines(7 + static_cast<std::size_t>(i));
        stage.add({"x", "y"}, "other");
        stage.add({"skip", "z"});
        stage.direct = [](std::size_t number, const http_request&) {
            return number % 5 == 3 ? std::optional(response_of(503)) : std::nullopt;
        };
        EXPECT_TRUE(stage.play());
        EXPECT_EQ(stage.committed, stage.records.size());
        std::vector<std::string> sent;
        for (const auto& one : stage.exchanges)
            sent.push_back(one.request.url + ' ' + one.request.body);
        return sent;
    };
    EXPECT_EQ(bodies(true), bodies(false));
}

TEST(delivery, what_was_prepared_before_a_413_is_not_sent) {
    rehearsal stage;
    stage.store.body_bytes_max = 9;
    stage.sink.units_max = 4;
    for (int i = 0; i < 5; ++i)
        stage.add({"a" + std::to_string(i), "b" + std::to_string(i), "c" + std::to_string(i)});

    EXPECT_TRUE(stage.play());

    expect_all_stored_once(stage);
    ASSERT_EQ(stage.exchanges[0].status, 413);
    EXPECT_EQ(stage.exchanges[1].request.body, "a0\nb0\n");
}

TEST(delivery, the_next_request_is_made_while_one_is_on_its_way) {
    rehearsal stage;
    stage.sink.units_max = 1;
    stage.add({"a", "b"});
    stage.prepares = false;
    stage.play_until(action::kind::send);

    stage.machine().prepare();
    stage.sink.units_max = 2;  // would make another one
    stage.machine().prepare();
    stage.go_on_with(stage.decided());

    EXPECT_TRUE(stage.play());
    ASSERT_EQ(stage.exchanges.size(), 2U);
    EXPECT_EQ(stage.exchanges[1].request.body, "b\n");
}

TEST(delivery, a_restart_begins_after_what_was_committed) {
    rehearsal stage;
    stage.sink.units_max = 1;
    stage.add({"a"});
    stage.add({"b"});
    EXPECT_FALSE(stage.play(1));

    stage.restart();
    EXPECT_TRUE(stage.play());

    expect_all_stored_once(stage);
}

TEST(delivery, records_of_other_lanes_are_passed_and_committed) {
    rehearsal stage;
    stage.sink.unwanted_bucket = "other";
    stage.add({"a"});
    stage.add({"x"}, "other");
    stage.add({"y"}, "other");

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges.size(), 1U);
    EXPECT_EQ(stage.committed, 3U);
    EXPECT_EQ(stage.counters.skipped_records.value(), 2U);
}

TEST(delivery, a_sink_that_wants_nothing_reads_on) {
    rehearsal stage;
    stage.sink.unwanted_bucket = "other";
    stage.read_at_once = 2;
    for (int i = 0; i < 5; ++i) {
        stage.add({"x"}, "other");
    }

    EXPECT_TRUE(stage.play());

    EXPECT_TRUE(stage.exchanges.empty());
    EXPECT_EQ(stage.committed, 5U);
}

TEST(delivery, units_left_out_by_rule_cost_no_request) {
    rehearsal stage;
    stage.add({"skip", "skip"});
    stage.add({"a", "skip"});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.store.stored.size(), 1U);
    EXPECT_EQ(stage.counters.left_out.value(), 3U);
    EXPECT_EQ(stage.committed, 2U);
}

TEST(delivery, identical_bytes_are_resent_after_503) {
    rehearsal stage;
    stage.add_lines(10);
    stage.direct = first_answers({response_of(503), response_of(503)});

    EXPECT_TRUE(stage.play());

    ASSERT_EQ(stage.exchanges.size(), 3U);
    EXPECT_EQ(stage.exchanges[0].request.body, stage.exchanges[1].request.body);
    EXPECT_EQ(stage.exchanges[1].request.body, stage.exchanges[2].request.body);
    EXPECT_EQ(stage.counters.retries.value(), 2U);
    expect_all_stored_once(stage);
}

TEST(delivery, records_that_arrive_during_an_outage_do_not_change_what_is_resent) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = first_answers({response_of(0), response_of(0), response_of(0)});
    EXPECT_FALSE(stage.play(2));
    stage.add({"b"});
    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges[3].request.body, "a\n");
    EXPECT_EQ(stage.exchanges[4].request.body, "b\n");
}

TEST(delivery, an_outage_is_waited_for_with_growing_patience_and_without_end) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = [](std::size_t number, const http_request&) {
        return number < 1000 ? std::optional(response_of(0)) : std::nullopt;
    };

    EXPECT_TRUE(stage.play());

    expect_all_stored_once(stage);
    for (std::size_t i = 1; i < 1000; ++i) {
        const auto waited = stage.exchanges[i].at - stage.exchanges[i - 1].at;
        EXPECT_GE(waited, 1ms);
        EXPECT_LE(waited, 60s);
    }
    EXPECT_LE(stage.exchanges[1].at - stage.exchanges[0].at, 500ms);
    EXPECT_GT(stage.exchanges[1000].at - stage.exchanges[0].at, 5h);
}

TEST(delivery, retry_after_longer_than_backoff_is_honoured) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = first_answers({with_retry_after(429, "120")});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges[1].at - stage.exchanges[0].at, 120s);
}

TEST(delivery, retry_after_shorter_than_backoff_does_not_shorten_it) {
    rehearsal with;
    rehearsal without;
    for (auto* stage : {&with, &without}) {
        stage->add({"a"});
    }
    with.direct = first_answers({with_retry_after(503, "0"), with_retry_after(503, "0")});
    without.direct = first_answers({response_of(503), response_of(503)});

    EXPECT_TRUE(with.play() && without.play());

    EXPECT_EQ(with.exchanges[2].at, without.exchanges[2].at);
}

TEST(delivery, retry_after_of_a_year_is_cut_to_ten_minutes) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = first_answers({with_retry_after(503, "31536000")});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges[1].at - stage.exchanges[0].at, 600s);
}

TEST(delivery, patience_begins_anew_after_a_success) {
    rehearsal stage;
    stage.sink.units_max = 1;
    stage.add_lines(2);
    stage.direct = [](std::size_t number, const http_request&) {
        return number != 20 && number < 40 ? std::optional(response_of(503)) : std::nullopt;
    };

    EXPECT_TRUE(stage.play());

    EXPECT_LE(stage.exchanges[22].at - stage.exchanges[21].at, 500ms);
}

TEST(delivery, one_bad_unit_among_1000_costs_only_itself) {
    rehearsal stage;
    stage.add_lines(1000);
    stage.store.refuses = {"l617"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.store.stored.size(), 999U);
    EXPECT_FALSE(stage.store.stored.contains("l617"));
    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.counters.points.value(), 999U);
    EXPECT_LE(stage.exchanges.size(), 25U);
    stage.counters.dropped_by_reason.with([](const counts_by_reason& counts) {
        EXPECT_THAT(counts, ElementsAre(Pair("invalid", 1)));
    });
    EXPECT_EQ(stage.said("dropped 1 points of record 1, from number 617 on"), 1U);
}

TEST(delivery, bad_units_across_records_cost_only_themselves) {
    rehearsal stage;
    stage.add({"a", "bad1", "b"});
    stage.add({"bad2"});
    stage.add({"c", "d", "bad3"});
    stage.store.refuses = {"bad1", "bad2", "bad3"};

    EXPECT_TRUE(stage.play());

    EXPECT_THAT(stage.store.stored,
                ElementsAre(Pair("a", 1), Pair("b", 1), Pair("c", 1), Pair("d", 1)));
    EXPECT_EQ(stage.dropped(), 3U);
    EXPECT_EQ(stage.committed, 3U);
}

TEST(delivery, a_refusal_is_probed_before_it_is_searched) {
    rehearsal stage;
    stage.add_lines(4);
    stage.store.refuses = {"l0"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges[0].status, 400);
    EXPECT_EQ(stage.exchanges[1].request.method, "GET");
}

TEST(delivery, proxy_that_answers_400_to_everything_drops_nothing) {
    rehearsal stage;
    stage.add_lines(100);
    stage.direct = [](std::size_t number, const http_request&) {
        return number < 500 ? std::optional(response_of(400, "<html>Bad Request")) : std::nullopt;
    };
    EXPECT_FALSE(stage.play(400));
    stage.play_until(action::kind::wait);

    EXPECT_EQ(stage.dropped(), 0U);
    EXPECT_EQ(stage.counters.present_state(), delivery_state::configuration);
    EXPECT_GE(stage.said("a proxy or a setting"), 1U);

    EXPECT_TRUE(stage.play());
    expect_all_stored_once(stage);
}

// A proxy that begins to refuse everything in the middle of a search must not cost a unit either:
// every drop is preceded by a probe that the store answered after the refusal.
TEST(delivery, proxy_that_turns_bad_during_a_search_drops_nothing_good) {
    for (std::size_t turn = 1; turn < 25; ++turn) {
        rehearsal stage;
        stage.add_lines(64);
        stage.store.refuses = {"l33"};
        stage.direct = [&](std::size_t number, const http_request&) {
            return number >= turn && number < turn + 100 ? std::optional(response_of(400))
                                                         : std::nullopt;
        };
        EXPECT_TRUE(stage.play());

        EXPECT_EQ(stage.dropped(), 1U) << "turned bad at request " << turn;
        EXPECT_EQ(stage.store.stored.size(), 63U) << "turned bad at request " << turn;
    }
}

TEST(delivery, a_sink_without_a_probe_is_believed) {
    rehearsal stage;
    stage.sink.has_probe = false;
    stage.add({"a", "bad", "b"});
    stage.store.refuses = {"bad"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.store.stored.size(), 2U);
}

TEST(delivery, a_backlog_that_is_bad_as_a_whole_is_left_behind_at_a_bounded_cost) {
    delivery_options options;
    options.search_requests_max = 128;
    options.search_requests_min = 16;
    rehearsal stage(options);
    stage.sink.units_max = 200;
    for (int i = 0; i < 20; ++i) {
        std::vector<std::string> lines;
        for (int j = 0; j < 200; ++j) {
            lines.push_back("old" + std::to_string(i * 200 + j));
            stage.store.refuses.insert(lines.back());
        }
        stage.add(lines);
    }
    stage.add({"new"});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 4'000U);
    EXPECT_EQ(stage.store.stored["new"], 1);
    // Alone each would cost two requests and more; so it is a few dozen for each of the 20.
    EXPECT_LE(stage.exchanges.size(), 1'500U);
}

TEST(delivery, dropped_units_do_not_flood_the_log) {
    rehearsal stage;
    std::vector<std::string> lines;
    for (int i = 0; i < 100; ++i) {
        lines.push_back("bad" + std::to_string(i));
        stage.store.refuses.insert(lines.back());
    }
    stage.add(lines);

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 100U);
    EXPECT_EQ(stage.said("dropped"), 1U);
}

TEST(delivery, what_a_store_says_cannot_forge_a_log_line) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = first_answers({response_of(401, "no\nroot: \x1b[31m logged in")});

    EXPECT_TRUE(stage.play());

    for (const auto& [level, text] : stage.log.messages) {
        EXPECT_EQ(text.find('\n'), std::string::npos) << text;
        EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    }
    EXPECT_EQ(stage.said("no\\x0aroot"), 1U);
}

TEST(delivery, wrong_token_keeps_everything) {
    rehearsal stage;
    stage.add_lines(100);
    stage.direct = [](std::size_t number, const http_request&) {
        return number < 200 ? std::optional(response_of(401, "unauthorized access")) : std::nullopt;
    };
    EXPECT_FALSE(stage.play(150));
    stage.play_until(action::kind::wait);
    EXPECT_EQ(stage.counters.present_state(), delivery_state::configuration);
    EXPECT_EQ(stage.committed, 0U);
    stage.counters.last_error.with([](const std::string& text) {
        EXPECT_NE(text.find("unauthorized access"), std::string::npos) << text;
    });

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 0U);
    expect_all_stored_once(stage);
    EXPECT_EQ(stage.said("delivers again"), 1U);
}

TEST(delivery, lasting_trouble_is_spoken_of_now_and_then) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = [](std::size_t number, const http_request&) {
        return number < 300 ? std::optional(response_of(404, "bucket not found")) : std::nullopt;
    };

    EXPECT_TRUE(stage.play());

    // 300 waits of 30 s on average are two and a half hours: a line every ten minutes.
    const auto lines = stage.said("bucket not found");
    EXPECT_GE(lines, 10U);
    EXPECT_LE(lines, 20U);
}

TEST(delivery, redirects_and_missing_buckets_are_settings) {
    for (const int status : {301, 307, 401, 403, 404, 405, 415}) {
        rehearsal stage;
        stage.add({"a"});
        stage.direct = first_answers({response_of(status)});
        EXPECT_TRUE(stage.play());
        EXPECT_EQ(stage.dropped(), 0U) << status;
        expect_all_stored_once(stage);
    }
}

TEST(delivery, size_413_halves_until_it_fits_and_remembers) {
    rehearsal stage;
    std::vector<std::string> lines;
    for (int i = 100; i < 200; ++i) {
        lines.push_back("l" + std::to_string(i));  // 5 bytes each in a body
    }
    stage.add(lines);
    stage.add(lines);
    stage.read_at_once = 1;
    stage.store.body_bytes_max = 150;

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 0U);
    for (const auto& [line, count] : stage.store.stored) {
        EXPECT_EQ(count, 2) << line;
    }
    // 100 and 50 are too large, 25 fits: from then on it is not asked again, but for growth.
    EXPECT_EQ(stage.exchanges[0].status, 413);
    EXPECT_EQ(stage.exchanges[1].status, 413);
    EXPECT_EQ(stage.exchanges[2].status, 204);
    EXPECT_LE(stage.counters.by_verdict[static_cast<int>(sinks::verdict_kind::too_large)].value(),
              4U);
}

TEST(delivery, a_single_unit_that_is_too_large_is_dropped) {
    rehearsal stage;
    stage.add({"a", std::string(1000, 'x'), "b"});
    stage.store.body_bytes_max = 100;

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.store.stored.size(), 2U);
}

TEST(delivery, partly_stored_goes_on) {
    rehearsal stage;
    stage.add({"a"});
    stage.add({"b"});
    stage.sink.units_max = 1;
    stage.direct = first_answers({response_of(422, "dropped=1")});

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.exchanges.size(), 2U);
    EXPECT_EQ(stage.said("dropped=1"), 1U);
    EXPECT_EQ(stage.counters.by_verdict[static_cast<int>(sinks::verdict_kind::rest_stored)].value(),
              1U);
}

TEST(delivery, poison_behind_a_500_costs_only_itself) {
    rehearsal stage;
    stage.add({"before"});
    stage.play();
    stage.add_lines(100);
    stage.store.faults = {"l42"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.store.stored.size(), 100U);
}

TEST(delivery, poison_behind_a_500_is_found_without_a_witness) {
    rehearsal stage;  // nothing was ever delivered
    stage.add_lines(100);
    stage.store.faults = {"l3", "l20", "l42", "l55", "l98"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 5U);
    EXPECT_EQ(stage.store.stored.size(), 95U);
}

TEST(delivery, poison_alone_in_its_request_is_dropped_with_a_witness) {
    rehearsal stage;
    stage.add({"good"});
    EXPECT_TRUE(stage.play());
    stage.add({"poison"});
    stage.store.faults = {"poison"};

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_EQ(stage.committed, 2U);
}

TEST(delivery, poison_alone_is_dropped_once_something_else_arrives) {
    rehearsal stage;  // nothing was ever delivered, so nothing can witness
    stage.add({"poison"});
    stage.store.faults = {"poison"};
    EXPECT_FALSE(stage.play(20));
    EXPECT_EQ(stage.dropped(), 0U);

    stage.add({"a"});
    EXPECT_TRUE(stage.play(20));

    EXPECT_EQ(stage.dropped(), 1U);
    EXPECT_GE(stage.store.stored["a"], 1);  // and again as the witness
    EXPECT_EQ(stage.committed, 2U);
}

// Prometheus 2.42 with an out-of-order window answers 500 "too old sample": after a long outage to
// everything that waits, and to what it stored last as well.
TEST(delivery, a_backlog_that_a_500_calls_too_old_does_not_hold_what_is_new) {
    rehearsal stage;
    stage.sink.units_max = 10;
    stage.add({"stored last"});
    EXPECT_TRUE(stage.play());
    for (int i = 0; i < 100; ++i) {
        stage.add({"old" + std::to_string(i)});
    }
    stage.add({"new"});
    stage.direct = [](std::size_t, const http_request& request) {
        const bool old = request.body.find("old") != std::string::npos ||
                         request.body.find("last") != std::string::npos;
        return old ? std::optional(response_of(500, "too old sample")) : std::nullopt;
    };

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 100U);
    EXPECT_EQ(stage.store.stored["new"], 1);
}

TEST(delivery, a_sick_store_that_answers_500_drops_nothing) {
    for (const bool with_witness : {false, true}) {
        rehearsal stage;
        if (with_witness) {
            stage.add({"good"});
            EXPECT_TRUE(stage.play());
        }
        stage.add_lines(100);
        const auto sick_from = stage.exchanges.size();
        stage.direct = [&](std::size_t number, const http_request& request) {
            const bool sick = number >= sick_from && number < sick_from + 1000;
            return sick && request.method != "GET" ? std::optional(response_of(500)) : std::nullopt;
        };

        EXPECT_TRUE(stage.play());

        EXPECT_EQ(stage.dropped(), 0U);
        EXPECT_EQ(stage.store.stored.size(), with_witness ? 101U : 100U);
        EXPECT_GT(stage.exchanges.back().at - stage.exchanges.front().at, 5min);
    }
}

TEST(delivery, a_store_that_falls_sick_during_a_search_drops_nothing_good) {
    for (std::size_t turn = 1; turn < 30; ++turn) {
        rehearsal stage;
        stage.add({"good"});
        EXPECT_TRUE(stage.play());
        stage.add_lines(64);
        stage.store.refuses = {"l33"};
        stage.direct = [&](std::size_t number, const http_request& request) {
            const bool sick = number >= turn && number < turn + 50;
            return sick && request.method != "GET" ? std::optional(response_of(500)) : std::nullopt;
        };

        EXPECT_TRUE(stage.play());

        EXPECT_EQ(stage.dropped(), 1U) << "fell sick at request " << turn;
        EXPECT_EQ(stage.store.stored.size(), 64U) << "fell sick at request " << turn;
    }
}

// The witness of one bucket says nothing about another: 1.x answers 500 to an unknown retention
// policy, whatever the data.
TEST(delivery, a_witness_of_another_destination_is_not_heard) {
    rehearsal stage;
    stage.add({"good"}, "healthy");
    EXPECT_TRUE(stage.play());
    stage.add({"a"}, "faulty");
    stage.direct = [](std::size_t number, const http_request& request) {
        return number < 50 && request.url.ends_with("faulty") ? std::optional(response_of(500))
                                                              : std::nullopt;
    };

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(stage.dropped(), 0U);
    expect_all_stored_once(stage);
}

TEST(delivery, a_passing_500_is_only_a_pause) {
    rehearsal stage;
    stage.add_lines(10);
    stage.direct = first_answers({response_of(500), response_of(500)});

    EXPECT_TRUE(stage.play());

    ASSERT_EQ(stage.exchanges.size(), 3U);
    EXPECT_EQ(stage.exchanges[0].request.body, stage.exchanges[2].request.body);
    expect_all_stored_once(stage);
}

TEST(delivery, stop_while_waiting_is_immediate) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = [](std::size_t, const http_request&) { return std::optional(response_of(503)); };
    stage.play_until(action::kind::wait);

    stage.act(stage.machine().stop());

    EXPECT_EQ(stage.decided().what, action::kind::stop);
    EXPECT_EQ(stage.committed, 0U);
}

TEST(delivery, a_failure_after_stop_is_the_end) {
    for (const int status : {0, 400, 401, 413, 500, 503}) {
        rehearsal stage;
        stage.add({"a", "b"});
        stage.play_until(action::kind::send);

        stage.act(stage.machine().stop());
        stage.act(stage.machine().answered(response_of(status), stage.now));

        EXPECT_EQ(stage.decided().what, action::kind::stop) << status;
        EXPECT_EQ(stage.committed, 0U) << status;
        EXPECT_EQ(stage.dropped(), 0U) << status;
    }
}

TEST(delivery, stop_with_a_request_in_flight_still_commits_its_success) {
    rehearsal stage;
    stage.sink.units_max = 1;
    stage.add({"a"});
    stage.add({"b"});
    stage.play_until(action::kind::send);

    stage.act(stage.machine().stop());
    EXPECT_EQ(stage.decided().what, action::kind::await);
    stage.act(stage.machine().answered(response_of(204), stage.now));

    EXPECT_EQ(stage.decided().what, action::kind::stop);
    EXPECT_EQ(stage.committed, 1U);
}

TEST(delivery, stop_when_idle_is_immediate) {
    rehearsal stage;
    EXPECT_TRUE(stage.play());
    stage.act(stage.machine().stop());
    EXPECT_EQ(stage.decided().what, action::kind::stop);
    EXPECT_EQ(stage.counters.present_state(), delivery_state::stopped);
}

// --- a store that was down for long
// ---------------------------------------------------------------

class dead_store : public testing::Test {
protected:
    dead_store() {
        stage.add({std::string(100'000, 'x')});
        stage.direct = [this](std::size_t number,
                              const http_request&) -> std::optional<http_response> {
            if (number < down_for) return response_of(0);
            return std::nullopt;
        };
    }

    [[nodiscard]] std::size_t bodies() const {
        return static_cast<std::size_t>(std::ranges::count_if(
            stage.exchanges, [](const auto& one) { return one.request.method == "POST"; }));
    }

    std::size_t down_for = 100;
    rehearsal stage;
};

TEST_F(dead_store, is_asked_without_a_body_whether_it_is_back) {
    EXPECT_TRUE(stage.play());

    EXPECT_EQ(bodies(), 5U + 1U);  // until it counts as dead, and once it is back
    EXPECT_EQ(stage.counters.probes.value(), 95U + 1U);
    EXPECT_EQ(stage.exchanges.front().request.body, stage.exchanges.back().request.body);
    EXPECT_EQ(stage.committed, 1U);
    EXPECT_EQ(stage.counters.last_error.with([](const auto& text) { return text; }),
              "no answer: connection refused");
}

TEST_F(dead_store, a_small_body_costs_no_more_than_the_question) {
    stage.records.clear();
    stage.add({"small"});
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.counters.probes.value(), 0U);
}

TEST_F(dead_store, a_sink_that_has_nothing_to_ask_sends_the_body) {
    stage.sink.has_probe = false;
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(bodies(), 101U);
}

TEST_F(dead_store, a_question_that_is_refused_tells_nothing_of_the_body) {
    for (const int status : {400, 413, 422}) {
        rehearsal again;
        again.add({std::string(100'000, 'x')});
        again.direct = [status](std::size_t number,
                                const http_request& request) -> std::optional<http_response> {
            if (number < 8) return response_of(0);
            return request.method == "GET" ? std::optional(response_of(status)) : std::nullopt;
        };
        EXPECT_TRUE(again.play());
        EXPECT_EQ(again.exchanges.size(), 8U + 2U) << status;
        EXPECT_EQ(again.committed, 1U) << status;
    }
}

TEST_F(dead_store, an_answer_that_comes_while_it_stops_is_the_end) {
    EXPECT_FALSE(stage.play(7));
    ASSERT_EQ(stage.counters.present_state(), delivery_state::probing);
    stage.act(stage.machine().stop());
    EXPECT_EQ(stage.decided().what, action::kind::await);
    stage.act(stage.machine().answered(response_of(204), stage.now));
    EXPECT_EQ(stage.decided().what, action::kind::stop);
    EXPECT_EQ(stage.committed, 0U);
}

// Remote write 1.0, "Retries & Backoff": MUST retry on 5xx with backoff.
TEST(delivery, remote_write_must_19_5xx_is_retried_with_backoff) {
    for (const int status : {500, 503}) {
        rehearsal stage;
        stage.add({"a"});
        stage.direct = first_answers({response_of(status), response_of(status)});
        EXPECT_TRUE(stage.play());

        ASSERT_EQ(stage.exchanges.size(), 3U);
        EXPECT_GE(stage.exchanges[1].at - stage.exchanges[0].at, 1ms);
        EXPECT_GE(stage.exchanges[2].at - stage.exchanges[1].at, 1ms);
        expect_all_stored_once(stage);
    }
}

// MUST NOT retry on 2xx or on 4xx other than 429. The same bytes are never sent again after a 400
// that is believed; what is sent instead are smaller requests.
TEST(delivery, remote_write_must_20_refused_bytes_are_not_repeated) {
    rehearsal stage;
    stage.add_lines(100);
    stage.store.refuses = {"l7", "l70"};

    EXPECT_TRUE(stage.play());

    std::map<std::string, int> bodies;
    for (const auto& one : stage.exchanges) {
        if (one.request.method == "POST") ++bodies[one.request.body];
    }
    for (const auto& [body, count] : bodies) {
        EXPECT_EQ(count, 1) << body;
    }
}

TEST(delivery, remote_write_must_20_a_success_is_not_repeated) {
    for (const int status : {200, 204}) {
        rehearsal stage;
        stage.add({"a"});
        stage.direct = first_answers({response_of(status)});
        EXPECT_TRUE(stage.play());
        EXPECT_EQ(stage.exchanges.size(), 1U) << status;
    }
}

// MAY retry on 429: so it is.
TEST(delivery, remote_write_may_21_429_is_retried) {
    rehearsal stage;
    stage.add({"a"});
    stage.direct = first_answers({response_of(429)});
    EXPECT_TRUE(stage.play());
    EXPECT_EQ(stage.exchanges.size(), 2U);
    expect_all_stored_once(stage);
}

// MUST keep the order of a series' samples: one request in flight, none overtakes another, through
// failures of every kind.
TEST(delivery, remote_write_must_18_23_order_is_kept_through_failures) {
    rehearsal stage;
    stage.sink.units_max = 3;
    stage.add_lines(50);
    std::vector<std::string> order;
    stage.direct = [&](std::size_t number, const http_request& request) {
        const int status = number % 3 == 0 ? 503 : number % 7 == 0 ? 429 : 204;
        if (status == 204) {
            for (const auto& line : line_sink::lines_of(request.body)) {
                order.push_back(line);
            }
        }
        return std::optional(response_of(status));
    };

    EXPECT_TRUE(stage.play());

    EXPECT_EQ(order, line_sink::lines_of(stage.records[0]->text));
}

}  // namespace
}  // namespace relay::delivery::tests
