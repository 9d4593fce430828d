// Whose clock is wrong when a point lies far ahead: the sender's, or ours? Senders vote with each
// body or datagram; where most of at least three that were heard in the last minute are ahead, it
// is ours, and their points are taken.
//
// One sender alone can not be told from a wrong clock of our own, nor one of two; but its points
// would make a Prometheus refuse everybody else's, so the sender is held to be wrong.
// Bounded; used by one thread.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace relay::ingest {

/// What one body or datagram has told so far about its sender's clock.
struct clock_vote {
    enum class state : std::uint8_t { none, ahead, on_time };
    state cast = state::none;
    bool taken = false;  // whether points ahead are taken; decided with the first of them
};

class clock_watch {
public:
    clock_watch(std::chrono::minutes ahead_max, log& log) : ahead_max_(ahead_max), log_(log) {}

    /// Whether a point of that time may pass.
    /// @param latest_ns the latest time that is not ahead: `now` + ahead_max
    [[nodiscard]] bool admits(std::int64_t time_ns, std::int64_t latest_ns, clock_vote& vote,
                              std::string_view from, steady_time now) {
        if (time_ns <= latest_ns && vote.cast == clock_vote::state::on_time) return true;
        return decide(time_ns <= latest_ns, vote, from, now);
    }

private:
    struct sender_state {
        steady_time heard;
        bool ahead = false;
    };

    bool decide(bool on_time, clock_vote& vote, std::string_view from, steady_time now);
    void record(std::string_view from, bool ahead, steady_time now);
    void forget_silent(steady_time now);
    [[nodiscard]] bool ours_is_wrong();

    std::chrono::minutes ahead_max_;
    log& log_;
    boost::unordered_flat_map<std::uint64_t, sender_state> senders_;  // by hash of the address
    std::size_t ahead_ = 0;                                           // of senders_
    steady_time next_forget_{};                                       // at most one sweep a second
    bool said_ = false;  // that our clock is wrong, in this episode
};

}  // namespace relay::ingest
