// The thread that asks: one for all clusters, because a request a second needs no more. It sends
// what the plans say, hands answers to those who read them, and decides nothing itself. The data
// never waits for it.
//
// Used by the main thread; counters and snapshots by any.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/http/http_client.hpp"
#include "relay/topology/api_counters.hpp"
#include "relay/topology/api_options.hpp"
#include "relay/topology/cluster_poll.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace relay::topology {

class poller {
public:
    /// Runs when it returns, and asks nobody yet.
    /// @param seed of the chance in pauses; different for every start
    poller(poll_outlets to, const time_source& time, log& log, std::uint64_t seed);
    ~poller();  // stops
    poller(const poller&) = delete;
    poller& operator=(const poller&) = delete;

    using counters_list = std::vector<std::shared_ptr<const api_counters>>;
    /// Asks these clusters from now on, and no others. One that is the same as before is not
    /// disturbed; one that is different begins anew with what is known of it.
    /// @returns their counters, in the order of `clusters`
    counters_list ask(std::vector<api_options> clusters);

    /// What is under way is given up, what is known is kept for the next run. Idempotent.
    void stop();

private:
    struct wanted {
        api_options options;
        std::shared_ptr<api_counters> counters;
    };

    void run();
    void take_up(moment now);
    void turn();

    const poll_outlets to_;
    const time_source& time_;
    log& log_;
    std::uint64_t seed_;
    std::vector<wanted> last_;  // of the main thread: what was asked for last

    locked<std::optional<std::vector<wanted>>> next_;
    std::atomic<bool> stop_asked_{false};

    // The thread's own.
    http::http_client client_;
    std::vector<std::unique_ptr<cluster_poll>> clusters_;

    std::thread thread_;
};

}  // namespace relay::topology
