#include "relay/ingest/clock_watch.hpp"

#include <functional>

namespace relay::ingest {
namespace {

using namespace std::chrono_literals;

constexpr auto memory_of_senders = 60s;
constexpr auto sweep_interval = 1s;
constexpr std::size_t quorum = 3;
// A hoster's relay hears a few thousand nodes; whoever comes after them has no vote.
constexpr std::size_t senders_max = 4096;

}  // namespace

bool clock_watch::decide(bool on_time, clock_vote& vote, std::string_view from, steady_time now) {
    using state = clock_vote::state;
    // A sender with one point on time has a clock that is not ahead, whatever else it sends.
    if (on_time) {
        record(from, false, now);
        vote.cast = state::on_time;
        return true;
    }
    if (vote.cast == state::none) {
        record(from, true, now);
        vote.cast = state::ahead;
        vote.taken = ours_is_wrong();
    }
    return vote.taken;
}

void clock_watch::record(std::string_view from, bool ahead, steady_time now) {
    forget_silent(now);
    const auto key = std::hash<std::string_view>{}(from);
    auto found = senders_.find(key);
    if (found == senders_.end()) {
        if (senders_.size() >= senders_max) return;
        found = senders_.emplace(key, sender_state{}).first;
    }
    ahead_ -= found->second.ahead ? 1U : 0U;
    ahead_ += ahead ? 1U : 0U;
    found->second = {.heard = now, .ahead = ahead};
}

void clock_watch::forget_silent(steady_time now) {
    if (now < next_forget_) return;
    next_forget_ = now + sweep_interval;
    boost::unordered::erase_if(senders_, [&](const auto& sender) {
        const bool silent = now - sender.second.heard > memory_of_senders;
        if (silent && sender.second.ahead) --ahead_;
        return silent;
    });
}

bool clock_watch::ours_is_wrong() {
    const bool wrong = senders_.size() >= quorum && ahead_ * 2 > senders_.size();
    if (wrong && !said_) {
        log_.error(
            "{} of the {} senders of the last minute are more than {} min ahead of this machine: "
            "its own clock must be wrong; their points are taken",
            ahead_, senders_.size(), ahead_max_.count());
    }
    said_ = wrong;
    return wrong;
}

}  // namespace relay::ingest
