// What the relay itself has to say: lines that nobody pushed, on the way of all others. They get
// the cluster's and the operator's tags, go to the journal and reach every sink that takes their
// lane. Any thread; a call costs what ingest costs, and waits for nothing.
//
// Their bucket, in one place for all of them: the one that the configuration chooses, else the one
// that the cluster's nodes named last, else the only one that they may name, else none.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/config/settings.hpp"
#include "relay/ingest/intake.hpp"
#include "relay/ingest/presence.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/topology/snapshot.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace relay {

/// All of it outlives the lines.
struct own_lines_parts {
    journal::journal& journal;
    journal::dead_letter_box& letters;
    const topology::snapshot_board& board;
    const ingest::presence* watch;  // null where it is switched off
    const time_source& time;
    relay::log& log;
};

class own_lines {
public:
    own_lines(const own_lines_parts& parts, const config::settings& settings);

    /// Whole lines of line protocol, times in nanoseconds, without the tag `cluster`. What the
    /// journal does not take is counted and told as a sender's would be; nobody sends it again.
    void push(const std::string& cluster, std::string_view text);

    /// Buckets, [tags] and limits of a new configuration, from the next push on.
    void change(const config::settings& settings);

    [[nodiscard]] const ingest::ingest_counters& counters() const noexcept { return counters_; }

private:
    struct form {
        std::unique_ptr<ingest::intake> intake;
        std::map<std::string, config::bucket_choice> buckets;
    };
    [[nodiscard]] form make_form(const config::settings& of);
    [[nodiscard]] std::string bucket_of(const std::string& cluster, const form& as) const;

    const own_lines_parts to_;
    ingest::ingest_counters counters_;
    // An intake is one thread's; these few lines may wait for one another.
    locked<form> form_;
};

}  // namespace relay
