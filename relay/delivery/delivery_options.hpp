// The bounds of delivery, each with its reason.
#pragma once

#include "relay/base/backoff.hpp"

#include <chrono>
#include <cstddef>

namespace relay::delivery {

struct delivery_options {
    backoff_options backoff;  // 0.5 s … 60 s: a store that restarts is met within seconds
    /// A store may ask for more patience than our own backoff has, but not for a lost day.
    std::chrono::seconds retry_after_max{600};
    /// Answers of 500 to the same bytes before anyone suspects the bytes.
    int fault_tries = 3;
    /// Into how many pieces such bytes are cut at most while nothing proves the store healthy.
    std::size_t fault_pieces_max = 64;
    /// Requests that one search for bad units may cost; then it drops coarser pieces. Exact for
    /// some 50 bad units among 10,000.
    std::size_t search_requests_max = 1'000;
    /// The same after searches that found nothing good at all (a backlog that is too old as a
    /// whole): still exact for one bad unit among 10,000.
    std::size_t search_requests_min = 64;
    /// One read of the journal: of members, or of texts for a sink that needs them. Bounds what a
    /// sink that is down keeps in memory.
    std::size_t read_records = 64;
    std::size_t read_bytes = 4 << 20;
    /// At most one line about dropped units in this time.
    std::chrono::seconds log_interval{10};
    /// The same trouble is spoken of again after so long.
    std::chrono::seconds reminder_interval{600};
};

}  // namespace relay::delivery
