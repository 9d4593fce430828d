// A delivery on a stage: records on one side, a store of a few rules on the other, a clock that
// jumps to whatever is waited for. No thread, no socket, no sleep.
#pragma once

#include "relay/delivery/delivery.hpp"
#include "relay/journal/gaps.hpp"
#include "tests/support/line_sink.hpp"
#include "tests/support/recording_log.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace relay::delivery::tests {

using relay::tests::line_sink;
using relay::tests::record_of;

/// What the store has, and why it would not take something.
struct store {
    std::map<std::string, int> stored;     // line -> how often
    std::set<std::string> refuses;         // lines that cost their whole request, with a 400
    std::set<std::string> faults;          // the same with a 500
    std::size_t body_bytes_max = 1 << 30;  // beyond: 413

    [[nodiscard]] int answer(const http_request& request) {
        if (request.method == "GET") return 200;
        if (request.body.size() > body_bytes_max) return 413;
        const auto lines = line_sink::lines_of(request.body);
        for (const auto& line : lines) {
            if (refuses.contains(line)) return 400;
            if (faults.contains(line)) return 500;
        }
        for (const auto& line : lines) {
            ++stored[line];
        }
        return 204;
    }
};

[[nodiscard]] inline http_response response_of(int status, std::string body = {}) {
    return {.status = status,
            .headers = {},
            .body = std::move(body),
            .error = status == 0 ? "connection refused" : "",
            .elapsed = {}};
}

class rehearsal {
public:
    /// One request as it went out, and its answer.
    struct exchange {
        http_request request;
        int status = 0;
        steady_time at{};
    };
    /// Answers in the place of the store; none: the store does. `number` counts requests from 0.
    using director =
        std::function<std::optional<http_response>(std::size_t number, const http_request&)>;

    explicit rehearsal(delivery_options options = {}, std::uint64_t seed = 1)
        : options_(options),
          seed_(seed) {}

    void add(const std::vector<std::string>& lines, const std::string& bucket = "b") {
        records.push_back(
            record_of(records.size() + 1, lines, bucket, unix_nanoseconds(now.wall - age)));
    }
    /// One record of `count` lines "l0", "l1" …
    void add_lines(std::size_t count) {
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < count; ++i) {
            lines.push_back("l" + std::to_string(i));
        }
        add(lines);
    }

    /// Plays until everything is delivered, or for `most` requests.
    /// @returns whether it became idle.
    bool play(std::size_t most = 100'000) {
        enter();
        const auto last = exchanges.size() + most;
        while (next_.what != action::kind::idle && next_.what != action::kind::stop) {
            if (next_.what == action::kind::send && exchanges.size() == last) {
                resume_ = next_;
                return false;
            }
            step();
        }
        return next_.what == action::kind::idle;
    }

    /// Plays until such an action is decided; what it asks for is not done.
    void play_until(action::kind what) {
        enter();
        while (next_.what != what) {
            step();
        }
    }

    /// A restart: only what was committed is known.
    void restart() {
        machine_.reset();
        resume_.reset();
    }

    delivery& machine() { return *machine_; }
    /// What the machine decided is where play() begins.
    void go_on_with(const action& decided) {
        act(decided);
        resume_ = decided;
    }
    void act(const action& decided) {
        next_ = decided;
        if (next_.commit) {
            EXPECT_GE(next_.commit->delivered, position.delivered) << "a cursor never goes back";
            position = *next_.commit;
            committed = journal::complete_through(position);
            if (accounts) expect_all_accounted();
        }
    }
    [[nodiscard]] const action& decided() const { return next_; }

    [[nodiscard]] std::uint64_t dropped() const { return counters.dropped.value(); }
    [[nodiscard]] std::size_t said(std::string_view part) const {
        std::size_t count = 0;
        for (const auto& [level, text] : log.messages) {
            count += text.find(part) != std::string::npos ? 1 : 0;
        }
        return count;
    }

    line_sink sink;
    struct store store;
    director direct;
    std::vector<journal::record_ptr> records;
    std::set<journal::sequence> gone;  // of those: deleted or damaged
    std::vector<exchange> exchanges;
    journal::cursor position;         // as it was committed last
    journal::sequence committed = 0;  // up to here nothing is owed
    replay_options replay;
    sinks::line_filter only;
    journal::dead_letter_box* letters = nullptr;
    moment now{.steady = steady_time{} + std::chrono::hours(1),
               .wall = wall_time{} + std::chrono::hours(500'000)};
    delivery_counters counters;
    relay::tests::recording_log log;
    std::size_t read_at_once = 64;
    std::chrono::seconds age{0};  // of records that are added
    bool prepares = true;         // the next request, while one is on its way
    bool accounts = false;        // look at every commit whether it is ahead of the store

private:
    void enter() {
        if (machine_) {
            act(resume_ ? *std::exchange(resume_, std::nullopt) : machine_->notified());
            return;
        }
        machine_.emplace(delivery_parts{"s", sink, counters, log, replay, only, letters}, options_,
                         position, seed_);
        act(machine_->begin());
    }

    void step() {
        switch (next_.what) {
            case action::kind::read:
                if (next_.until > now.steady) {
                    const auto waited = next_.until - now.steady;
                    now = {.steady = next_.until, .wall = now.wall + waited};
                }
                act(machine_->records_read(
                    read(next_.after), records.empty() ? 0 : records.back()->header.sequence, now));
                return;
            case action::kind::send:
                if (prepares) machine_->prepare();
                act(machine_->answered(answer(*next_.request), now));
                return;
            case action::kind::wait: {
                const auto waited = next_.until - now.steady;
                now = {.steady = next_.until, .wall = now.wall + waited};
                act(machine_->tick(now));
                return;
            }
            default:
                throw std::logic_error("nothing to await here");
        }
    }

    [[nodiscard]] std::vector<journal::record_ptr> read(journal::sequence after) const {
        std::vector<journal::record_ptr> found;
        for (const auto& one : records) {
            const auto sequence = one->header.sequence;
            if (sequence <= after || gone.contains(sequence) || found.size() == read_at_once)
                continue;
            found.push_back(one);
        }
        return found;
    }

    /// A cursor is never ahead: what it passed was stored or is counted as dropped.
    void expect_all_accounted() const {
        std::size_t missing = 0;
        for (const auto& record : records) {
            const auto sequence = record->header.sequence;
            if (journal::missing(position, sequence, sequence) > 0) continue;
            if (gone.contains(sequence)) continue;
            if (!sink.takes(record->header.lane)) continue;
            for (const auto& line : line_sink::lines_of(record->text)) {
                if (line == sink.left_out_line || store.stored.contains(line)) continue;
                ++missing;
            }
        }
        EXPECT_LE(missing, dropped());
    }

    [[nodiscard]] http_response answer(const http_request& request) {
        auto directed = direct ? direct(exchanges.size(), request) : std::nullopt;
        auto response = directed ? *directed : response_of(store.answer(request));
        exchanges.push_back({.request = request, .status = response.status, .at = now.steady});
        return response;
    }

    delivery_options options_;
    std::uint64_t seed_;
    std::optional<delivery> machine_;
    std::optional<action> resume_;
    action next_;
};

}  // namespace relay::delivery::tests
