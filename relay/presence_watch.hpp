// Where presence meets the rest of the relay: a thread of its own asks it once a second, sends what
// it says on the way of all lines, and keeps on disk what the next process should know. Not the
// main thread's: a disk may hang, and main has a watchdog to answer.
//
// Built, started and stopped by the main thread.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/own_lines.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace relay {

/// All of it outlives the watch.
struct presence_parts {
    const topology::snapshot_board& board;
    const time_source& time;
    relay::log& log;
    std::filesystem::path file;  // what is kept; made where it is missing
};

class presence_watch {
public:
    /// Goes on with what the process before has kept of these clusters.
    presence_watch(presence_parts parts, const ingest::presence_options& options,
                   const std::vector<std::string>& clusters);
    ~presence_watch() { stop(); }
    presence_watch(const presence_watch&) = delete;
    presence_watch& operator=(const presence_watch&) = delete;

    /// For the intakes, before the first of them.
    [[nodiscard]] ingest::presence& tracker() noexcept { return tracker_; }
    [[nodiscard]] const ingest::presence& tracker() const noexcept { return tracker_; }

    /// From now on it speaks. The lines outlive the watch, or stop() comes before their end.
    void start(own_lines& lines);
    /// No line comes after it; what is known is on disk. Idempotent.
    void stop();

private:
    void run(const std::stop_token& stop, own_lines& lines);
    void load(const std::vector<std::string>& clusters);
    void save();

    const presence_parts to_;
    ingest::presence tracker_;
    std::uint64_t saved_version_ = 0;
    bool said_unsaved_ = false;
    std::jthread thread_;  // last: it uses the rest
};

}  // namespace relay
