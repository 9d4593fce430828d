// A simulated Proxmox cluster at work: every node pushes its transactions, cycle after cycle, out
// of phase with the others, and what became of each push is counted.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/simulate/scenario.hpp"
#include "relay/simulate/target.hpp"
#include "relay/simulate/world.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

namespace relay::simulate {

struct simulate_options {
    world_options world;
    std::string to;  // http://host:port[/prefix] or udp://host:port
    /// With several clusters each pushes into the bucket that has its name.
    push_identity identity;
    std::uint64_t cycles = 1;  // 0: until stopped
    /// Between two cycles of a node; 0: as fast as answers come. PVE's is 10 s.
    std::chrono::milliseconds interval{0};
    /// Timestamp of the first cycle; none: so that the last one is now, or, with an interval, now.
    std::optional<std::int64_t> start_seconds;
    /// Pushes in flight. A node has at most one, as pvestatd has.
    unsigned concurrency = 32;
    std::chrono::milliseconds timeout{1000};  // of each step of I/O; PVE's default
    /// Of every node so many cycles are made before the clock starts, and repeated with new
    /// timestamps: for measuring others, not for looking at values. 0: every cycle is made anew.
    unsigned prepared_cycles = 0;
    /// Where to write what was pushed: each transaction's lines after a comment that says what
    /// became of it (push_record.hpp).
    std::filesystem::path record;
    /// What happens in every cluster, counted from `start_seconds`, which must then be set; none:
    /// nothing ever does.
    std::optional<scenario> course;
};

struct simulate_result {
    std::uint64_t pushes = 0;  // POSTs; over UDP transactions
    std::uint64_t datagrams = 0;
    std::uint64_t bytes = 0;
    std::uint64_t lines = 0;    // sent, whatever the answer
    std::uint64_t numbers = 0;  // fields
    std::uint64_t strings = 0;
    std::uint64_t lines_answered = 0;                    // with 2xx
    std::map<int, std::uint64_t> by_status;              // 0: no answer
    std::map<std::string, std::uint64_t> by_durability;  // X-Relay-Durable where it was there
    std::string first_error;
    std::chrono::microseconds p50{0}, p99{0}, slowest{0};  // of answers
    std::chrono::milliseconds took{0};

    [[nodiscard]] std::uint64_t failures() const;
};

/// Blocks until all cycles are pushed or `stop` is asked for.
/// @returns what was counted, or a sentence why nothing could be pushed at all.
[[nodiscard]] expected<simulate_result, std::string> run_simulation(const simulate_options& options,
                                                                    std::stop_token stop = {});

/// A few lines for people.
[[nodiscard]] std::string summary(const simulate_result& result);

}  // namespace relay::simulate
