#include "relay/delivery/worker.hpp"

#include "relay/base/check.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace relay::delivery {
namespace {

// While a sink is busy its lag is looked at so often at most; when it falls idle, at once. The
// thread shows that it lives, and looks again, so often at least.
constexpr std::chrono::seconds look_interval{1};
constexpr std::chrono::seconds heartbeat_interval{5};

}  // namespace

struct worker::line {
    line(outlet out, const delivery_options& options, relay::log& log, std::uint64_t seed)
        : way_out(std::move(out)),
          machine({.name = way_out.name,
                   .sink = *way_out.sink,
                   .counters = *counters,
                   .log = log,
                   .replay = way_out.replay,
                   .only = way_out.only,
                   .letters = way_out.letters},
                  options, way_out.subscription->position(), seed) {}

    outlet way_out;
    // Shared: whoever shows them may still do so when the sink has gone.
    const std::shared_ptr<delivery_counters> counters =
        way_out.counters ? way_out.counters : std::make_shared<delivery_counters>();
    const std::int64_t lost_before = counters->lost_records.value();
    delivery machine;
    /// A commit that waits for dead letters, and the latest behind it: were there only one, a sink
    /// that drops all the time would push it ahead of itself for ever.
    struct unsettled_commit {
        journal::cursor position;
        journal::letter_ticket after = 0;
    };
    std::optional<unsettled_commit> unsettled, unsettled_latest;
    std::optional<action> due;            // to be obeyed in the next turn
    std::optional<http::ticket> request;  // in flight
    bool may_prepare = false;             // the request after it was not thought of yet
    std::optional<http_request> aside;    // beside the records, in flight …
    http::ticket aside_ticket = 0;        // … as this one
    std::optional<steady_time> wake_at;
    std::optional<action> held;  // a read that is not yet to be made
    std::optional<farewell> leaving;
    bool ended = false;
    bool remembers = false;  // before it begins: what was sent before, see recall()
    journal::sequence recalled_through = 0;
};

worker::worker(const delivery_options& options, const time_source& time, relay::log& log,
               std::uint64_t seed)
    : options_(options),
      time_(time),
      log_(log),
      seed_(seed) {}

worker::~worker() {
    stop(std::chrono::milliseconds(0));
}

const delivery_counters& worker::add(outlet way_out) {
    RELAY_CHECK(!is_running());
    return *admit(std::move(way_out));
}

std::shared_ptr<delivery_counters> worker::admit(outlet way_out) {
    auto one = std::make_unique<line>(std::move(way_out), options_, log_, seed_++);
    auto counters = one->counters;
    sinks_.with([&](auto& names) { names.insert(one->way_out.name); });
    asked_.with([&](asked& all) { all.arriving.push_back(std::move(one)); });
    wake();
    return counters;
}

std::future<void> worker::dismiss(std::string sink, std::chrono::milliseconds grace) {
    sinks_.with([&](auto& names) { names.erase(sink); });
    farewell who{.sink = std::move(sink), .latest = time_.now().steady + grace, .done = {}};
    auto done = who.done.get_future();
    asked_.with([&](asked& all) { all.leaving.push_back(std::move(who)); });
    wake();
    return done;
}

void worker::start() {
    RELAY_CHECK(!thread_.joinable());
    thread_ = std::thread([this] { run(); });
}

void worker::wake() noexcept {
    // Once per turn is enough: the thread reads until nothing is left.
    if (!woken_.exchange(true, std::memory_order_acq_rel)) client_.wakeup();
}

// Each side writes its flag before it reads the other's, in one order for all: one of them sees
// that records came while a sink lay down to rest.
void worker::records_arrived() noexcept {
    arrived_.store(true, std::memory_order_seq_cst);
    if (rests_.load(std::memory_order_seq_cst)) wake();
}

bool worker::any_rests() const {
    return std::ranges::any_of(lines_, [](const auto& one) {
        const auto state = one->machine.state();
        return !one->due && !one->held && !one->ended && !one->remembers &&
               (state == delivery_state::idle || state == delivery_state::pacing);
    });
}

bool worker::serves(std::string_view sink) const {
    return sinks_.with([&](const auto& names) { return names.contains(sink); });
}

bool worker::replay(std::string_view sink, journal::sequence first, journal::sequence last) {
    if (!serves(sink)) return false;
    asked_.with([&](asked& all) { all.replays.push_back({std::string(sink), {first, last}}); });
    wake();
    return true;
}

void worker::stop(std::chrono::milliseconds grace) {
    if (!thread_.joinable()) return;
    grace_ = grace;
    stop_asked_.store(true, std::memory_order_release);
    client_.wakeup();
    thread_.join();
}

void worker::run() {
    while (!stop_asked_.load(std::memory_order_acquire)) {
        static_cast<void>(turn(heartbeat_interval));
    }
    begin_stop();
    const auto deadline = time_.now().steady + grace_;
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - time_.now().steady);
        if (left.count() <= 0 || !turn(left)) break;
    }
    for (const auto& one : lines_)
        cancel(*one);
    look_behind();
}

/// @returns whether any sink still has something to do.
bool worker::turn(std::chrono::milliseconds longest) {
    heartbeats_.add();
    if (!stopping_) take_up_changes();
    for (const auto& one : lines_) {
        if (one->remembers) recall(*one);
    }
    for (const auto& one : lines_) {
        if (one->due) obey(*one, *std::exchange(one->due, std::nullopt));
    }
    for (const auto& one : lines_)
        settle_commits(*one);
    end_leaving();
    if (std::ranges::all_of(lines_, [](const auto& one) { return one->ended; })) {
        if (stopping_ && !any_commit_unsettled()) return false;
    }
    // Before it waits: the wake of a replay may have gone to a look at the journal.
    if (!stopping_) take_up_replays();
    prepare_next();
    const bool rests = any_rests();
    rests_.store(rests, std::memory_order_seq_cst);
    const bool at_once = rests && arrived_.load(std::memory_order_seq_cst);
    dispatch(client_.poll(at_once ? std::chrono::milliseconds(0) : time_to_wait(longest)));
    rests_.store(false, std::memory_order_relaxed);
    const auto now = time_.now();
    const bool woken_up = woken_.exchange(false, std::memory_order_acq_rel);
    const bool woken = arrived_.exchange(false, std::memory_order_acq_rel) || woken_up;
    for (const auto& one : lines_) {
        if (one->held && one->held->until <= now.steady) {
            one->due = std::exchange(one->held, std::nullopt);
        }
        if (one->due || one->held || one->ended || one->remembers) continue;
        if (one->wake_at && *one->wake_at <= now.steady) {
            one->wake_at.reset();
            one->due = one->machine.tick(now);
        } else if (woken && (one->machine.state() == delivery_state::idle ||
                             one->machine.state() == delivery_state::pacing)) {
            one->wake_at.reset();
            one->due = one->machine.notified();
        }
    }
    if (now.steady - looked_behind_ >= look_interval) look_behind();
    return true;
}

/// Makes requests while others are on their way: what a store takes its time for is not our time.
void worker::prepare_next() {
    const auto may = [](const auto& one) { return one->request && one->may_prepare; };
    if (std::ranges::none_of(lines_, may)) return;
    dispatch(client_.poll(std::chrono::milliseconds(0)));  // they are sent first
    for (const auto& one : lines_) {
        if (may(one)) one->machine.prepare();
        one->may_prepare = false;
    }
}

// Departures first: who comes may be the same sink, changed.
void worker::take_up_changes() {
    auto [arriving, leaving] = asked_.with([](asked& all) {
        return std::pair(std::exchange(all.arriving, {}), std::exchange(all.leaving, {}));
    });
    for (auto& who : leaving)
        begin_leaving(std::move(who));
    for (auto& one : arriving) {
        one->remembers = true;
        lines_.push_back(std::move(one));
    }
}

/// Shows a sink what it sent before it was stopped, a piece at a time so that others go on; then it
/// begins.
void worker::recall(line& one) const {
    auto& sink = *one.way_out.sink;
    const auto span = sink.memory();
    std::vector<journal::record_ptr> records;
    if (span.count() > 0) {
        const auto what = sink.needs_text() ? journal::contents::text : journal::contents::member;
        records = one.way_out.subscription->look_back(
            one.recalled_through, span, what,
            {.records = options_.read_records, .bytes = options_.read_bytes});
    }
    for (const auto& each : records) {
        if (sink.takes(each->header.lane)) sink.recall(*each);
    }
    if (!records.empty()) {
        one.recalled_through = records.back()->header.sequence;
        return;
    }
    one.remembers = false;
    one.way_out.kept.reset();
    one.due = one.machine.begin();
}

void worker::begin_leaving(farewell&& who) {
    const auto at = std::ranges::find_if(
        lines_, [&](const auto& one) { return one->way_out.name == who.sink && !one->leaving; });
    if (at == lines_.end()) return who.done.set_value();
    end_line(**at);
    (*at)->leaving = std::move(who);
}

void worker::end_leaving() {
    const auto now = time_.now().steady;
    for (auto& one : lines_) {
        if (!one->leaving) continue;
        const bool done_with = one->ended && !one->unsettled;
        if (!done_with && now < one->leaving->latest) continue;
        cancel(*one);
        one->way_out.subscription->let_go();
        note_losses(*one);
        // The journal has its cursor back before anyone hears of it.
        auto done = std::move(one->leaving->done);
        one.reset();
        done.set_value();
    }
    std::erase(lines_, nullptr);
}

void worker::obey(line& one, action next) {
    if (next.commit) {
        auto& place = one.unsettled ? one.unsettled_latest : one.unsettled;
        place =
            line::unsettled_commit{.position = *std::move(next.commit), .after = next.commit_after};
        settle_commits(one);
    }
    switch (next.what) {
        case action::kind::idle:
            return look_behind(one);
        case action::kind::await:
            return;
        case action::kind::read: {
            if (next.until > time_.now().steady && !stopping_) {
                next.commit.reset();
                one.held = std::move(next);
                return look_behind(one);
            }
            const auto what = one.way_out.sink->needs_text() ? journal::contents::text
                                                             : journal::contents::member;
            auto& from = *one.way_out.subscription;
            auto records = from.read(next.after, what, next.limits);
            const auto newest = from.newest();
            one.due = one.machine.records_read(std::move(records), newest, time_.now());
            // The rest in the next turn, so that a sink that skips much does not hold up others;
            // but idle or waiting at once: a wake from now on must find it so.
            if (one.due->what == action::kind::idle || one.due->what == action::kind::wait) {
                obey(one, *std::exchange(one.due, {}));
            }
            return;
        }
        case action::kind::send:
            one.request = client_.start(*next.request, one.way_out.target);
            one.may_prepare = true;
            return;
        case action::kind::wait:
            one.wake_at = next.until;
            return;
        case action::kind::stop:
            one.ended = true;
            return;
    }
}

void worker::settle_commits(line& one) const {
    const auto* const letters = one.way_out.letters;
    while (one.unsettled &&
           (letters == nullptr || one.unsettled->after <= letters->durable_up_to())) {
        one.way_out.subscription->commit(one.unsettled->position);
        one.unsettled = std::exchange(one.unsettled_latest, std::nullopt);
    }
}

bool worker::any_commit_unsettled() const {
    return std::ranges::any_of(lines_, [](const auto& one) { return one->unsettled.has_value(); });
}

void worker::dispatch(const std::vector<http::completed>& answers) {
    for (const auto& answer : answers) {
        const auto at = std::ranges::find_if(lines_, [&](const auto& one) {
            return one->request == std::optional(answer.id) ||
                   (one->aside && one->aside_ticket == answer.id);
        });
        RELAY_CHECK(at != lines_.end());
        auto& one = **at;
        if (one.request != std::optional(answer.id)) {
            one.aside.reset();
            if (answer.response.status / 100 != 2) one.counters->asides_refused.add();
            continue;
        }
        one.request.reset();
        const auto points = one.counters->points.value();
        one.due = one.machine.answered(answer.response, time_.now());
        if (one.counters->points.value() != points) begin_aside(one);
    }
}

/// The store has just taken something: it may hear the rest.
void worker::begin_aside(line& one) {
    if (stopping_ || one.leaving || one.aside) return;
    one.aside = one.way_out.sink->aside(time_.now().steady);
    if (!one.aside) return;
    one.counters->asides.add();
    one.aside_ticket = client_.start(*one.aside, one.way_out.target);
}

void worker::cancel(line& one) {
    if (one.request) client_.cancel(*one.request);
    if (one.aside) client_.cancel(one.aside_ticket);
}

// A line with something due is looked at again in the next turn, which is at once as well.
void worker::take_up_replays() {
    auto replays = asked_.with([](asked& all) { return std::exchange(all.replays, {}); });
    std::vector<asked_replay> later;
    for (auto& each : replays) {
        const auto at = std::ranges::find_if(lines_, [&](const auto& one) {
            return one->way_out.name == each.sink && !one->leaving;
        });
        if (at == lines_.end()) {
            // It comes with the next turn, or has gone meanwhile.
            if (serves(each.sink)) later.push_back(std::move(each));
            continue;
        }
        auto& one = **at;
        if (one.due || one.held || one.remembers) {
            later.push_back(std::move(each));
            continue;
        }
        one.wake_at.reset();
        one.due = one.machine.owe(each.range);
    }
    if (later.empty()) return;
    asked_.with([&](asked& all) {
        std::ranges::move(all.replays, std::back_inserter(later));
        all.replays = std::move(later);
    });
}

void worker::begin_stop() {
    stopping_ = true;
    for (const auto& one : lines_) {
        if (!one->leaving) end_line(*one);
    }
}

void worker::end_line(line& one) {
    // What was decided and not yet done is left undone, but what is delivered stays so.
    const auto commit = one.due ? one.due->commit : std::nullopt;
    const auto after = one.due ? one.due->commit_after : 0;
    one.wake_at.reset();
    one.held.reset();
    one.remembers = false;
    one.way_out.kept.reset();
    one.due = one.machine.stop();
    if (commit && !one.due->commit) {
        one.due->commit = commit;
        one.due->commit_after = after;
    }
    if (!one.request && one.due->what == action::kind::await) {
        one.due->what = action::kind::stop;  // decided to send, not yet sent
    }
}

void worker::look_behind() {
    looked_behind_ = time_.now().steady;
    for (const auto& one : lines_)
        look_behind(*one);
}

void worker::look_behind(line& one) {
    const auto behind = one.way_out.subscription->behind();
    one.counters->behind_bytes.set(static_cast<std::int64_t>(behind.bytes));
    one.counters->oldest_waiting_ns.set(behind.oldest_appended_ns);
    note_losses(one);
}

void worker::note_losses(line& one) {
    auto& counters = *one.counters;
    const auto records = one.way_out.subscription->lost_records();
    counters.lost_records.set(one.lost_before + static_cast<std::int64_t>(records));
    const auto now = unix_nanoseconds(time_.now().wall);
    for (const auto& each : one.way_out.subscription->take_losses()) {
        const std::string reason(each.reason);
        counters.lost_by_reason.with([&](auto& counts) { counts[reason] += each.points; });
        const lost incident{.from_ns = each.from_ns,
                            .to_ns = each.to_ns,
                            .points = each.points,
                            .reason = reason,
                            .noted_ns = now};
        counters.losses.with([&](auto& losses) { losses.add(incident); });
    }
}

std::chrono::milliseconds worker::time_to_wait(std::chrono::milliseconds longest) const {
    const auto now = time_.now().steady;
    auto wait = longest;
    for (const auto& one : lines_) {
        if (one->due || one->remembers) return std::chrono::milliseconds(0);
        auto next = one->held ? one->held->until : one->wake_at.value_or(steady_time::max());
        if (one->leaving) next = std::min(next, one->leaving->latest);
        if (next == steady_time::max()) continue;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now);
        wait = std::clamp(left, std::chrono::milliseconds(0), wait);
    }
    return wait;
}

}  // namespace relay::delivery
