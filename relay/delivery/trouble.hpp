// What the operator hears of a sink in trouble: once when it begins, again when it changes or has
// lasted, once when it is over; and of dropped points, a line now and then with their number.
// Owned by the sink's delivery.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/delivery/delivery_counters.hpp"
#include "relay/delivery/delivery_options.hpp"
#include "sinks/sink.hpp"

#include <cstdint>
#include <string>

namespace relay::delivery {

class trouble_log {
public:
    trouble_log(std::string sink, const delivery_options& options, delivery_counters& counters,
                relay::log& log)
        : sink_(std::move(sink)),
          options_(options),
          counters_(counters),
          log_(log) {}

    /// Nothing moves: the store is down, or wrongly set up.
    /// @param status 0: there was no answer
    void holds(const sinks::verdict& why, int status, moment now);

    void over(moment now);

    /// What was refused is sent once more, written as the store has it.
    void adapts(const sinks::verdict& why, int status);

    /// The store keeps all but some points of a request (it does not say how many).
    void partly_stored(const sinks::verdict& why, int status, moment now);

    struct loss {
        std::size_t points = 0;
        journal::sequence sequence = 0;
        std::size_t unit = 0;      // of that record
        std::int64_t from_ns = 0;  // timestamps that the record holds
        std::int64_t to_ns = 0;
    };
    void dropped(const loss& what, const sinks::verdict& why, int status, moment now);

    /// New records go first; those since `oldest_ns` wait behind them.
    void put_off(std::int64_t oldest_ns, moment now);
    /// Nothing is put off any more.
    void caught_up();

private:
    void say_loss(const std::string& what, moment now);

    std::string sink_;
    const delivery_options& options_;
    delivery_counters& counters_;
    relay::log& log_;

    bool put_off_ = false;
    bool held_ = false;
    sinks::verdict_kind kind_{};
    int status_ = 0;
    steady_time since_{};
    steady_time said_{};
    steady_time loss_said_ = steady_time::min();
    std::uint64_t losses_unsaid_ = 0;
};

}  // namespace relay::delivery
