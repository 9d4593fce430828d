// What one sink's delivery has done and where it stands. Written by its delivery thread, read by
// ops at any time.
#pragma once

#include "relay/base/counter.hpp"
#include "relay/base/locked.hpp"
#include "relay/delivery/loss_list.hpp"
#include "sinks/sink.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace relay::delivery {

enum class delivery_state : std::uint8_t {
    idle,           // everything is delivered
    reading,        // asks the journal
    sending,        // a request is in flight
    proving,        // a refusal is in doubt: something known to be good is in flight
    probing,        // asks a store that was down for long whether it is back
    pacing,         // nothing new waits, and the backlog waits for replay_rate
    backing_off,    // waits for a store that is down, overloaded or faulty
    configuration,  // waits for the operator: a wrong token, bucket, path, a proxy in between
    stopped,
};
inline constexpr std::size_t delivery_states = 9;

/// "idle", "backing_off" …: a label in metrics and a word on the status page.
[[nodiscard]] std::string_view to_string(delivery_state state) noexcept;
/// "delivered", "rest_stored" …
[[nodiscard]] std::string_view to_string(sinks::verdict_kind kind) noexcept;
inline constexpr std::size_t verdict_kinds = 8;

using counts_by_reason = std::map<std::string, std::uint64_t, std::less<>>;

struct delivery_counters {
    counter points;                                 // delivered; what was repeated counts once
    counter requests;                               // answered, whatever the answer was
    std::array<counter, verdict_kinds> by_verdict;  // of those requests, by verdict_kind
    counter bytes;                                  // of bodies handed to the network
    counter adaptations;                         // refusals that taught a sink to write otherwise
    counter asides;                              // requests beside the records …
    counter asides_refused;                      // … and those not answered with 2xx
    counter retries;                             // requests sent again, byte for byte
    counter proofs;                              // requests sent only to tell store from data
    counter probes;                              // requests that asked whether a store is back
    counter dropped;                             // points no store will take
    counter left_out;                            // units a sink's own rules leave out
    counter skipped_records;                     // of lanes this sink does not take
    counter filtered_lines;                      // that `only` leaves out of records it takes
    locked<counts_by_reason> dropped_by_reason;  // of the sinks' literals: few

    gauge state;               // delivery_state
    gauge last_success_ns;     // wall clock; 0: never
    gauge wait_until_ns;       // wall clock; 0: does not wait
    gauge delivered_sequence;  // everything up to here is delivered
    gauge owed_gaps;           // ranges of records that wait behind newer ones …
    gauge owed_records;        // … and the records in them
    // Exact when the sink falls idle, else looked at once a second while its thread has something
    // to do, and every five where it has nothing:
    gauge behind_bytes;                       // of members that wait in the journal …
    gauge oldest_waiting_ns;                  // … and when the oldest was appended; 0: none waits
    gauge lost_records;                       // deleted or damaged before this sink had them …
    locked<counts_by_reason> lost_by_reason;  // … and the points in them

    locked<loss_list> losses;  // the latest incidents, drops included
    locked<std::string> last_error;

    [[nodiscard]] delivery_state present_state() const noexcept {
        return static_cast<delivery_state>(state.value());
    }
};

}  // namespace relay::delivery
