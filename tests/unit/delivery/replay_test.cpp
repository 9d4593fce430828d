// Every script is replayed failing at each of its steps, in every way a store can fail, one and two
// at a time: whatever happens in between, in the end each line is stored or counted as dropped, no
// good one is dropped but those that the store refused by name, and the cursor is at the end.
#include "tests/unit/delivery/rehearsal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace relay::delivery::tests {
namespace {

struct failure {
    const char* name;
    int status;
    bool stored;  // the store took it, the answer was lost on its way
};
constexpr failure failures[] = {
    {"no answer, not stored", 0, false},
    {"no answer, stored", 0, true},
    {"503", 503, false},
    {"503, stored", 503, true},
    {"429", 429, false},
    {"500", 500, false},
    {"400", 400, false},
    {"401", 401, false},
    {"404", 404, false},
    {"307", 307, false},
    {"413", 413, false},
    {"415", 415, false},
    {"502, stored", 502, true},
};

/// What is delivered, to which store.
struct script {
    const char* name;
    void (*prepare)(rehearsal&);
};

const script scripts[] = {
    {"one record", [](rehearsal& stage) { stage.add_lines(5); }},
    {"several requests",
     [](rehearsal& stage) {
         stage.sink.units_max = 3;
         stage.add({"a", "b"});
         stage.add({"c", "d", "e"});
         stage.add({"f", "g"}, "other bucket");
     }},
    {"a line that is refused",
     [](rehearsal& stage) {
         stage.add_lines(9);
         stage.store.refuses = {"l4"};
     }},
    {"lines that are refused, lines left out, lanes not taken",
     [](rehearsal& stage) {
         stage.sink.unwanted_bucket = "no";
         stage.sink.units_max = 4;
         stage.add({"a", "bad1", "skip", "b"});
         stage.add({"x"}, "no");
         stage.add({"bad2", "c", "d", "skip", "e", "bad3"});
         stage.store.refuses = {"bad1", "bad2", "bad3"};
     }},
    {"a poisonous line after a good request",
     [](rehearsal& stage) {
         stage.sink.units_max = 4;
         stage.add_lines(12);
         stage.store.faults = {"l6"};
     }},
    {"a backlog behind new data",
     [](rehearsal& stage) {
         stage.replay = {.order = replay_order::live_first, .rate = {}};
         stage.read_at_once = 2;
         stage.age = std::chrono::hours(1);
         for (int i = 0; i < 7; ++i) {
             stage.add({"a" + std::to_string(i), "b" + std::to_string(i)});
         }
         stage.store.refuses = {"b3"};
         stage.age = {};
     }},
    {"a poisonous backlog behind new data",
     [](rehearsal& stage) {
         stage.replay = {.order = replay_order::live_first, .rate = {}};
         stage.read_at_once = 1;
         stage.age = std::chrono::hours(1);
         stage.add({"a", "b"});
         stage.add({"c", "poison", "d"});
         stage.add({"e"});
         stage.store.faults = {"poison"};
     }},
    {"a store with little room",
     [](rehearsal& stage) {
         stage.store.body_bytes_max = 10;
         stage.add_lines(10);
     }},
};

using injected = std::vector<std::pair<std::size_t, failure>>;

http_response fail(rehearsal& stage, const failure& with, const http_request& request) {
    if (with.stored) static_cast<void>(stage.store.answer(request));
    return response_of(with.status);
}

std::string told(const script& played, const injected& faults) {
    std::string text = played.name;
    for (const auto& [step, fault] : faults) {
        text += "; at " + std::to_string(step) + ": " + fault.name;
    }
    return text;
}

std::size_t lies(const injected& faults) {
    return static_cast<std::size_t>(std::ranges::count_if(faults, [](const auto& one) {
        return one.second.status == 400 || one.second.status == 413;
    }));
}

/// Points of all incidents that the operator is shown.
std::uint64_t reported(const rehearsal& stage) {
    return stage.counters.losses.with([](const loss_list& losses) {
        std::uint64_t points = 0;
        for (const auto& one : losses.incidents()) {
            points += one.points;
        }
        return points;
    });
}

/// @returns how many requests it took.
std::size_t play(const script& played, const injected& faults) {
    SCOPED_TRACE(told(played, faults));
    rehearsal stage;
    stage.accounts = true;
    played.prepare(stage);
    stage.direct = [&](std::size_t number,
                       const http_request& request) -> std::optional<http_response> {
        for (const auto& [step, fault] : faults) {
            if (step == number) return fail(stage, fault, request);
        }
        return std::nullopt;
    };

    EXPECT_TRUE(stage.play(2'000));

    std::size_t missing = 0;
    std::size_t bad = 0;
    for (const auto& record : stage.records) {
        if (!stage.sink.takes(record->header.lane)) continue;
        for (const auto& line : line_sink::lines_of(record->text)) {
            if (line == stage.sink.left_out_line) continue;
            const bool poison =
                stage.store.refuses.contains(line) || stage.store.faults.contains(line);
            bad += poison ? 1 : 0;
            const bool stored = stage.store.stored.contains(line);
            missing += stored ? 0 : 1;
            EXPECT_FALSE(poison && stored) << line;
        }
    }
    EXPECT_GE(stage.dropped(), missing);
    // A store that is well and refuses a line sent alone must be believed, even when it lies.
    EXPECT_LE(stage.dropped(), bad + lies(faults));
    EXPECT_EQ(stage.committed, stage.records.size());
    EXPECT_EQ(reported(stage), stage.dropped());
    return stage.exchanges.size();
}

TEST(replay, every_script_survives_every_failure_at_every_step) {
    for (const auto& one : scripts) {
        const auto steps = play(one, {});
        for (std::size_t step = 0; step < steps; ++step) {
            for (const auto& fault : failures) {
                play(one, {{step, fault}});
            }
        }
    }
}

TEST(replay, every_script_survives_two_failures_at_any_steps) {
    for (const auto& one : scripts) {
        const auto steps = play(one, {});
        for (std::size_t first = 0; first < steps; ++first) {
            for (std::size_t second = first + 1; second <= first + 3; ++second) {
                for (const auto& fault : failures) {
                    for (const auto& other : failures) {
                        play(one, {{first, fault}, {second, other}});
                    }
                }
            }
        }
    }
}

TEST(replay, every_script_survives_a_restart_at_every_step) {
    for (const auto& one : scripts) {
        const auto steps = play(one, {});
        for (std::size_t step = 0; step < steps; ++step) {
            SCOPED_TRACE(std::string(one.name) + "; restart after " + std::to_string(step));
            rehearsal stage;
            stage.accounts = true;
            one.prepare(stage);
            static_cast<void>(stage.play(step));
            stage.restart();
            EXPECT_TRUE(stage.play());
            EXPECT_EQ(stage.committed, stage.records.size());
            for (const auto& record : stage.records) {
                if (!stage.sink.takes(record->header.lane)) continue;
                for (const auto& line : line_sink::lines_of(record->text)) {
                    if (line == stage.sink.left_out_line) continue;
                    EXPECT_EQ(
                        stage.store.stored.contains(line),
                        !stage.store.refuses.contains(line) && !stage.store.faults.contains(line))
                        << line;
                }
            }
        }
    }
}

}  // namespace
}  // namespace relay::delivery::tests
