#include "sinks/sole_speakers.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

/// Older than this the lines are of another walk through the journal, as a replay is, and not of a
/// request that is made again.
constexpr std::int64_t another_walk_ns = 600'000'000'000;

}  // namespace

bool sole_speakers::hears(std::uint64_t what, const voice& of, std::int64_t time_ns) {
    if (entries_.size() >= count_max_) entries_.clear();
    const auto [found, is_new] = entries_.try_emplace(what);
    auto& it = found->second;
    const bool is_older = !is_new && time_ns < it.since_ns;
    if (is_new || (is_older && it.since_ns - time_ns > another_walk_ns)) {
        it = {.now = of, .last_ns = time_ns};
        return true;
    }
    if (is_older) return of.speaker == it.before;
    if (of.speaker == it.now.speaker) {
        it.last_ns = std::max(it.last_ns, time_ns);
        return true;
    }
    const bool is_silent = time_ns - it.last_ns > it.now.silence_ns;
    if (of.rank <= it.now.rank && !is_silent) return false;
    it = {.now = of, .since_ns = time_ns, .last_ns = time_ns, .before = it.now.speaker};
    return true;
}

}  // namespace relay::sinks
