// Counts the lines that the journal did not take and says so in the log, at most every ten seconds:
// when its queue is full there are thousands. A sender over HTTP is told by a 503, one over UDP by
// nothing. Used by one thread; time is passed in.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/log.hpp"

#include <cstdint>

namespace relay::ingest {

class loss_log {
public:
    /// The counters and the log outlive it.
    loss_log(shared_counter& lines, shared_counter& batches, log& log)
        : lines_(lines),
          batches_(batches),
          log_(log) {}

    /// A batch was not taken.
    void add(std::uint64_t lines);
    /// Speaks of what came since it last did, unless that is too short ago.
    void tell(steady_time now);

private:
    shared_counter& lines_;
    shared_counter& batches_;
    log& log_;
    std::uint64_t untold_ = 0;
    steady_time next_{};
};

}  // namespace relay::ingest
