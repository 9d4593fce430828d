// Where topology meets the rest of the relay: the poller with its board, its files and the way of
// its lines. Built, changed and stopped by the main thread; the board is everybody's.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"
#include "relay/ops/observed.hpp"
#include "relay/own_lines.hpp"
#include "relay/topology/poller.hpp"
#include "relay/topology/snapshot.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace relay {

/// All of it outlives the watch.
struct topology_parts {
    topology::snapshot_board& board;
    own_lines& lines;
    const time_source& time;
    relay::log& log;
    std::filesystem::path directory;  // of the snapshots; made where it is missing
    std::uint64_t seed;
};

class topology_watch {
public:
    explicit topology_watch(topology_parts parts);

    /// Asks the APIs of these settings from now on, and no others.
    void follow(const config::settings& settings);
    /// What is known is kept for the next run; no line comes after it. Idempotent.
    void stop() { poller_.stop(); }

    /// For ops; valid as long as the watch, until the next follow().
    [[nodiscard]] const std::vector<ops::observed_cluster>& clusters() const { return clusters_; }

private:
    [[nodiscard]] topology::poll_outlets outlets();
    [[nodiscard]] topology::snapshot_ptr load(const std::string& cluster) const;
    void save(const topology::snapshot& known);

    const topology_parts to_;
    std::atomic<bool> said_unsaved_{false};
    std::vector<ops::observed_cluster> clusters_;
    topology::poller poller_;  // last: its thread uses the rest
};

}  // namespace relay
