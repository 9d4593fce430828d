#include "relay/delivery/trouble.hpp"

#include <utility>

namespace relay::delivery {
namespace {

std::string answer(const sinks::verdict& why, int status) {
    const auto detail = printable(why.detail, 300);
    if (status == 0) return fmt::format("no answer: {}", detail);
    return fmt::format("{} {}: {}", status, why.reason, detail);
}

}  // namespace

void trouble_log::holds(const sinks::verdict& why, int status, moment now) {
    auto text = answer(why, status);
    const bool changed = !held_ || kind_ != why.kind || status_ != status;
    if (!held_) since_ = now.steady;
    if (changed || now.steady - said_ >= options_.reminder_interval) {
        const bool settings =
            why.kind != sinks::verdict_kind::later && why.kind != sinks::verdict_kind::fault;
        log_.warning("sink {}: {}; {}", sink_, text,
                     settings ? "nothing is dropped: the journal keeps everything until this is "
                                "set right"
                              : "the journal keeps everything until the store takes it");
        said_ = now.steady;
    }
    held_ = true;
    kind_ = why.kind;
    status_ = status;
    counters_.last_error.with([&](std::string& last) { last = std::move(text); });
}

void trouble_log::over(moment now) {
    if (!held_) return;
    held_ = false;
    const auto lasted = std::chrono::duration_cast<std::chrono::seconds>(now.steady - since_);
    log_.notice("sink {}: delivers again, after {} s", sink_, lasted.count());
}

void trouble_log::adapts(const sinks::verdict& why, int status) {
    log_.notice("sink {}: from now on written as the store has it: {}", sink_, answer(why, status));
}

void trouble_log::partly_stored(const sinks::verdict& why, int status, moment now) {
    say_loss(fmt::format("a store kept all but some points of a request: {}", answer(why, status)),
             now);
}

void trouble_log::dropped(const loss& what, const sinks::verdict& why, int status, moment now) {
    counters_.dropped.add(what.points);
    const std::string reason(why.reason.empty() ? "refused" : why.reason);
    counters_.dropped_by_reason.with(
        [&](counts_by_reason& counts) { counts[reason] += what.points; });
    const lost incident{.from_ns = what.from_ns,
                        .to_ns = what.to_ns,
                        .points = what.points,
                        .reason = reason,
                        .noted_ns = unix_nanoseconds(now.wall)};
    counters_.losses.with([&](loss_list& losses) { losses.add(incident); });
    say_loss(fmt::format("dropped {} points of record {}, from number {} on: {}", what.points,
                         what.sequence, what.unit, answer(why, status)),
             now);
}

void trouble_log::put_off(std::int64_t oldest_ns, moment now) {
    if (std::exchange(put_off_, true)) return;
    const auto seconds = (unix_nanoseconds(now.wall) - oldest_ns) / 1'000'000'000;
    log_.notice("sink {}: new data goes first; what waits, since {} s, follows behind it", sink_,
                seconds);
}

void trouble_log::caught_up() {
    if (!std::exchange(put_off_, false)) return;
    log_.notice("sink {}: what waited behind new data is delivered", sink_);
}

void trouble_log::say_loss(const std::string& what, moment now) {
    if (loss_said_ != steady_time::min() && now.steady - loss_said_ < options_.log_interval) {
        ++losses_unsaid_;
        return;
    }
    loss_said_ = now.steady;
    if (losses_unsaid_ == 0) {
        log_.warning("sink {}: {}", sink_, what);
    } else {
        log_.warning("sink {}: {} (and {} more such answers before)", sink_, what, losses_unsaid_);
    }
    counters_.last_error.with([&](std::string& last) { last = what; });
    losses_unsaid_ = 0;
}

}  // namespace relay::delivery
