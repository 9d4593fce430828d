// The shell around delivery: one thread that drives several sinks over one HTTP client. It reads
// the journal and the clock, sends, waits and commits as each sink's delivery says, and decides
// nothing itself.
//
// Sinks come and go while it runs; their counters live as long as anyone looks at them.
//
// wake() and records_arrived() from any thread; everything else from whoever starts and stops it.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/delivery/delivery.hpp"
#include "relay/http/http_client.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "sinks/sink.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace relay::delivery {

/// One sink with its place in the journal and the way to its store.
struct outlet {
    std::string name;
    std::unique_ptr<sinks::sink> sink;
    std::unique_ptr<journal::subscription> subscription;
    http::http_target target;
    replay_options replay{};
    sinks::line_filter only{};
    /// Where what the store refuses is kept; its notify() must wake the worker. May be null.
    journal::dead_letter_box* letters = nullptr;
    /// Of the sink as it was before its settings changed: it goes on counting. Null: made.
    std::shared_ptr<delivery_counters> counters = nullptr;
    /// What keeps the journal as it is until the sink has seen what it sent before. May be null.
    std::shared_ptr<const void> kept = nullptr;
};

class worker {
public:
    /// @param seed of the chance in backoffs; different for every worker and start
    worker(const delivery_options& options, const time_source& time, relay::log& log,
           std::uint64_t seed);
    ~worker();  // stops without grace

    /// Before start().
    /// @returns the sink's counters; they live as long as the worker.
    const delivery_counters& add(outlet way_out);

    /// The same at any time; while the thread runs, it begins with the sink in its next turn.
    std::shared_ptr<delivery_counters> admit(outlet way_out);

    /// Ends that sink's delivery: the request in flight has `grace` to be answered, the cursor is
    /// written and given back to the journal. Behind the others the thread goes on as ever.
    /// @returns what is ready when the sink has ended: its name may then be admitted again
    [[nodiscard]] std::future<void> dismiss(std::string sink, std::chrono::milliseconds grace);

    void start();
    [[nodiscard]] bool is_running() const noexcept { return thread_.joinable(); }

    /// Something may be to do. Any thread: does not block.
    void wake() noexcept;

    /// Records have arrived. As wake(), but costs nothing while every sink is busy: each looks into
    /// the journal before it rests.
    void records_arrived() noexcept;

    /// Sends the records first … last (both included) to that sink once more, as far as it has come
    /// and the journal still has them, behind what is new. Survives a restart once this has been
    /// taken up, which takes a moment. Any thread.
    /// @returns whether there is a sink of that name here.
    bool replay(std::string_view sink, journal::sequence first, journal::sequence last);

    /// Gives the requests in flight `grace` to be answered, cancels the rest, commits, joins.
    /// What was cancelled is sent again at the next start. Idempotent.
    void stop(std::chrono::milliseconds grace = std::chrono::seconds(2));

    /// Grows while the thread is alive: at least every few seconds.
    [[nodiscard]] std::uint64_t heartbeats() const noexcept { return heartbeats_.value(); }

private:
    struct line;
    /// A sink that is to go.
    struct farewell {
        std::string sink;
        steady_time latest;
        std::promise<void> done;
    };
    struct asked_replay {
        std::string sink;
        journal::gap range;
    };
    /// What the thread has been asked for and has not yet taken up.
    struct asked {
        std::vector<std::unique_ptr<line>> arriving;
        std::vector<farewell> leaving;
        std::vector<asked_replay> replays;
    };

    void run();
    [[nodiscard]] bool serves(std::string_view sink) const;
    void take_up_changes();
    void recall(line& one) const;
    void begin_leaving(farewell&& who);
    void end_leaving();
    void end_line(line& one);
    [[nodiscard]] bool turn(std::chrono::milliseconds longest);
    void obey(line& one, action next);
    void prepare_next();
    [[nodiscard]] bool any_rests() const;
    void settle_commits(line& one) const;
    [[nodiscard]] bool any_commit_unsettled() const;
    void dispatch(const std::vector<http::completed>& answers);
    void begin_aside(line& one);
    void cancel(line& one);
    void begin_stop();
    void take_up_replays();
    void look_behind();
    void look_behind(line& one);
    void note_losses(line& one);
    [[nodiscard]] std::chrono::milliseconds time_to_wait(std::chrono::milliseconds longest) const;

    const delivery_options options_;
    const time_source& time_;
    relay::log& log_;
    std::uint64_t seed_;

    // The thread's own, once it runs.
    std::vector<std::unique_ptr<line>> lines_;
    http::http_client client_;
    steady_time looked_behind_{};
    bool stopping_ = false;

    // Shared.
    locked<asked> asked_;
    locked<std::set<std::string, std::less<>>> sinks_;  // that were admitted and not dismissed
    std::atomic<bool> woken_{false};
    std::atomic<bool> arrived_{false};  // records, since a sink looked for some
    std::atomic<bool> rests_{false};  // a sink waits for records, and nothing but a wake ends that
    std::atomic<bool> stop_asked_{false};
    std::chrono::milliseconds grace_{0};  // written before stop_asked_
    counter heartbeats_;

    std::thread thread_;
};

}  // namespace relay::delivery
