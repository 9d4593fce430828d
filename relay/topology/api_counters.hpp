// What asking one cluster's API has come to. Written by the topology thread, read by any.
#pragma once

#include "relay/base/counter.hpp"
#include "relay/base/locked.hpp"
#include "relay/topology/api_call.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace relay::topology {

struct api_counters {
    /// Answers by call and status; 0: there was none.
    locked<std::map<std::pair<ask, int>, std::uint64_t>> answers;
    counter answered_bytes;   // inflated
    counter doubted;          // answers that were not believed
    counter inventory_bytes;  // of lines made of the answers
    /// Addresses and nodes, and whether they gave no answer the last time.
    locked<std::map<std::string, bool>> silent;
    /// What went wrong last, and empty again once an answer was believed.
    locked<std::string> last_error;
    gauge token_refused;  // 1 while it is
    gauge saved_ns;       // when the snapshot was last written to disk
};

}  // namespace relay::topology
