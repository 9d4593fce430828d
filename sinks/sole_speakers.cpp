#include "sinks/sole_speakers.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

/// Older than this the lines are of another walk through the journal, as a replay is, and not of a
/// request that is made again.
constexpr std::int64_t another_walk_ns = 600'000'000'000;

}  // namespace

bool sole_speakers::hears(std::uint64_t what, const voice& of, const unit_place& at,
                          std::int64_t time_ns) {
    if (entries_.size() >= count_max_) entries_.clear();
    const auto [found, is_new] = entries_.try_emplace(what);
    auto& it = found->second;
    const bool is_again = !is_new && at < it.since;
    if (is_new || (is_again && it.last_ns - time_ns > another_walk_ns)) {
        it = {.now = of, .since = at, .last_ns = time_ns};
        return true;
    }
    if (is_again) return of.speaker == it.before;
    if (of.speaker == it.now.speaker) {
        it.last_ns = std::max(it.last_ns, time_ns);
        return true;
    }
    const bool is_silent = time_ns - it.last_ns > it.now.silence_ns;
    const bool is_better = of.rank > it.now.rank && time_ns > it.last_ns;
    if (!is_better && !is_silent) return false;
    it = {.now = of, .since = at, .last_ns = time_ns, .before = it.now.speaker};
    return true;
}

}  // namespace relay::sinks
