// From bytes to batches: parses, mends what Proxmox is known to get wrong, adds the cluster's and
// the operator's tags, writes every line again in canonical form, hands batches to the journal.
// One intake per receiving thread; nothing in it is shared but the journal and the counters.
#pragma once

#include "protocol/line_parser.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/log.hpp"
#include "relay/ingest/guest_rules.hpp"
#include "relay/journal/dead_letters.hpp"
#include "relay/journal/journal.hpp"
#include "relay/topology/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

struct ingest_options {
    protocol::parse_limits limits;
    /// [tags]: constant, on every line; they and `cluster` win over tags of the same key.
    std::vector<std::pair<std::string, std::string>> tags;
    /// [enrich]: tags of what the API says of a guest, on every line that names one by `vmid`.
    std::vector<guest_property> enrich;
    /// [[tenant]]: whose guests' lines go to lanes of their own. Unique by name.
    std::vector<tenant_rule> tenants;
    /// A point further ahead of our clock than this is refused: one sample over an hour ahead makes
    /// Prometheus 2.42 refuse all others, newer ones draw the line at 10 minutes.
    std::chrono::minutes ahead_max{10};
    /// Lanes beyond it share one per cluster, without their bucket: only buckets are the senders'
    /// to invent. Each lane that is in use costs a sink a request of its own.
    std::size_t lanes_max = 256;
    std::chrono::milliseconds datagram_wait{1000};  // UDP data waits at most so long for company …
    std::size_t datagram_batch_bytes = 256 << 10;   // … or until a lane has so much of it
    /// Shapes of lines that are remembered, so that their like need no parser; 0: none. Proxmox has
    /// some forty, of a kilobyte each.
    std::size_t shapes_max = 128;
    bool operator==(const ingest_options&) const = default;
};

struct ingest_counters {
    shared_counter lines, batches;                  // taken by the journal
    shared_counter refused_lines, refused_batches;  // not taken: its queue was full
    shared_counter bytes;                           // received, inflated
    shared_counter rejected;                        // lines, of which:
    shared_counter rejected_by[32];                 // by parse_errc
    shared_counter rejected_ahead;

    shared_counter rest_lane;      // bodies and datagrams whose lane was one too many
    shared_counter replaced_tags;  // of senders, by `cluster`, [tags] and [enrich]
    shared_counter foreign_tags;   // on lines of Proxmox: host=a,b=c
    shared_counter odd_spellings;  // lines of Proxmox with +5 or null
    shared_counter repeated_fields, duplicate_fields, retyped_fields, filled_names, false_zeros;
};

/// Where refused lines are kept, and where they arrived; nowhere where it is null.
struct refusal_outlet {
    journal::dead_letter_box* letters = nullptr;
    std::string listener = {};
};

class node_homes;
class presence;

/// What an intake shares with all others; each may be missing.
struct shared_knowledge {
    const topology::snapshot_board* board = nullptr;  // where guests are looked up
    node_homes* homes = nullptr;                      // told which node sends as which cluster
    presence* watch = nullptr;                        // told who was seen
};

/// What became of one body.
struct body_result {
    std::uint64_t accepted = 0;  // points handed to the journal
    std::uint64_t rejected = 0;
    std::size_t batches = 0;  // each settles the receipt once
    /// Of the first refused line: its number in the body (from 1), the byte offset within it, the
    /// reason, and its beginning, printable.
    std::string first_error;
};

class body;

class intake {
public:
    /// What is handed in must outlive the intake.
    intake(const ingest_options& options, journal::journal& journal, ingest_counters& counters,
           log& log, refusal_outlet refused = {}, shared_knowledge shared = {});
    ~intake();  // datagrams that were not flushed are lost

    /// Begins an HTTP body of one lane; where that names no tenant, lines of tenants' guests go to
    /// the lanes of theirs. Missing timestamps become `now`, truncated to `unit`.
    /// Bodies may be open side by side; each must end before its intake does.
    /// @param from the peer's address, for the log and to tell whose clock is ahead
    [[nodiscard]] std::unique_ptr<body> open(const journal::lane& lane, protocol::precision unit,
                                             moment now, std::shared_ptr<journal::receipt> receipt,
                                             std::string_view from);

    /// One datagram: whole lines, collected per lane until flush_due() finds them old enough.
    void datagram(const journal::lane& lane, std::string_view bytes, moment now,
                  std::string_view from);
    /// Hands over every datagram batch that is old or large enough.
    /// @returns when to call again at the latest, or steady_time::max().
    steady_time flush_due(steady_time now);
    /// Hands over all that was collected (at stop).
    void flush_all();

private:
    struct state;
    std::unique_ptr<state> state_;
};

/// An HTTP body as it streams in. Any chunking gives the same result.
class body {
public:
    virtual ~body() = default;  // without finish(): what was not yet handed over is forgotten
    /// How long it is said to be; may be left out, may be wrong.
    virtual void expect(std::size_t bytes) = 0;
    virtual void feed(std::string_view bytes) = 0;
    /// The end of the body: hands over the rest.
    [[nodiscard]] virtual body_result finish() = 0;
    /// Memory it holds now, for the budget of all bodies in flight.
    [[nodiscard]] virtual std::size_t bytes_held() const = 0;
};

}  // namespace relay::ingest
