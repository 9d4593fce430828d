// What the relay itself has to say: lines that nobody pushed, on the way of all others. They get
// the cluster's and the operator's tags, go to the journal and reach every sink that takes their
// lane. Any thread; a call costs what ingest costs, and waits for nothing.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/topology/snapshot.hpp"

#include <memory>
#include <string_view>

namespace relay {

/// All of it outlives the lines.
struct own_lines_parts {
    journal::journal& journal;
    journal::dead_letter_box& letters;
    const topology::snapshot_board& board;
    const time_source& time;
    relay::log& log;
};

class own_lines {
public:
    own_lines(const own_lines_parts& parts, const ingest::ingest_options& options);

    /// Whole lines of line protocol, times in nanoseconds, without the tag `cluster`. What the
    /// journal does not take is counted and told as a sender's would be; nobody sends it again.
    void push(const journal::lane& lane, std::string_view text);

    /// [tags] and the limits of a new configuration, from the next push on.
    void change(const ingest::ingest_options& options);

    [[nodiscard]] const ingest::ingest_counters& counters() const noexcept { return counters_; }

private:
    [[nodiscard]] std::unique_ptr<ingest::intake> make_intake(
        const ingest::ingest_options& options);

    const own_lines_parts to_;
    ingest::ingest_counters counters_;
    // An intake is one thread's; these few lines may wait for one another.
    locked<std::unique_ptr<ingest::intake>> intake_;
};

}  // namespace relay
