// The bounds of delivery, each with its reason.
#pragma once

#include "relay/base/backoff.hpp"
#include "relay/base/byte_size.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace relay::delivery {

/// What goes first after an outage.
enum class replay_order : std::uint8_t {
    in_order,    // the oldest: a store that wants each series in the order of its timestamps
    live_first,  // the newest, the backlog behind it: a store that takes points in any order
};

/// What one sink's own section says.
struct replay_options {
    replay_order order = replay_order::in_order;
    /// Bytes of line protocol per second that the backlog may take; 0: as much as the store takes.
    /// Fresh records never wait for it.
    byte_size rate{0};

    bool operator==(const replay_options&) const = default;
};

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
    /// Tries in vain, each without an answer or with "later", before a store is first asked with an
    /// empty request whether it is back: a dead store then costs no bodies.
    int probe_tries = 5;
    /// A smaller body is sent at once: it costs no more than the question.
    std::size_t probe_body_min = 16 << 10;
    /// What was appended longer ago and waits still is backlog to a sink that sends live data
    /// first. Above the second for which UDP data may wait for company and the time of a request.
    std::chrono::seconds live_age_max{5};
    /// One read of the journal: of members, or of texts for a sink that needs them. Bounds what a
    /// sink that is down keeps in memory.
    std::size_t read_records = 64;
    std::size_t read_bytes = 2 << 20;
    /// A sink that had all there was gathers so long what arrives next, from its last read on: a
    /// request per record costs both sides more than its points. The first record after a pause
    /// goes at once; a person does not see a tenth of a second.
    std::chrono::milliseconds gather_time{100};
    /// At most one line about dropped units in this time.
    std::chrono::seconds log_interval{10};
    /// The same trouble is spoken of again after so long.
    std::chrono::seconds reminder_interval{600};
};

}  // namespace relay::delivery
