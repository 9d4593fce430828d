// The queue between ingest and the sinks: every accepted line, in order, on disk
// (docs/journal-format.md). Two threads of its own: append compresses and writes and never syncs;
// sync makes durable what was written before it began, and settles it (group commit).
//
// What is where when a batch is answered: see `durability`. A sink sees a record as soon as it is
// written, before it is synced: at worst a store has a line that a power cut took from us.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/batch.hpp"
#include "relay/journal/cursor.hpp"
#include "relay/journal/record.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::journal {

enum class sync_mode : std::uint8_t {
    ack,       // an answer waits for the disk
    interval,  // an answer waits for the kernel; synced every sync_interval
    none,      // synced when a segment is sealed
};

struct journal_options {
    std::filesystem::path directory;
    sync_mode sync = sync_mode::ack;
    std::chrono::milliseconds sync_interval{1000};  // also bounds how long UDP data stays unsynced
    byte_size max_bytes{0};                         // 0: see default_max_bytes()
    std::chrono::hours max_age{7 * 24};
    /// What every sink has stays for so long, where there is room: for subscription::look_back().
    std::chrono::seconds keep_delivered{0};
    byte_size segment_bytes = 64_MiB;  // whole segments are deleted: the grain of max_bytes
    byte_size tail_bytes = 8_MiB;      // records kept in memory until every sink has them
    byte_size queue_bytes = 16_MiB;    // batches waiting for the append thread, or for a disk that
                                       // takes nothing
};

/// The smaller of 10 GiB and a quarter of the free disk, at least 1 GiB.
[[nodiscard]] byte_size default_max_bytes(const std::filesystem::path& directory);

struct journal_counters {
    counter records, points, text_bytes, member_bytes;
    counter syncs, sync_errors, write_errors, damaged_bytes, damaged_places;
    counter deleted_segments;
    gauge bytes, segments, oldest_appended_ns, queued_bytes, tail_bytes;
    gauge last_sync_us, longest_sync_us;  // longest: since the last read by metrics
    gauge newest_sequence;                // of all records ever
    gauge memory_only;                    // 1 while the disk takes nothing
};

/// What a reader wants of each record: its text costs an inflate where it is not in memory.
enum class contents : std::uint8_t { member, text };

struct read_limits {
    std::size_t records = 64;
    std::size_t bytes = 4 << 20;  // of members, or of texts where texts are asked for
    /// What is on disk and was appended before this is passed over unread.
    std::int64_t appended_from_ns = std::numeric_limits<std::int64_t>::min();
};

/// What a sink will never have.
struct loss {
    std::uint64_t records = 0;
    std::uint64_t points = 0;
    std::int64_t from_ns = 0;  // timestamps of the points
    std::int64_t to_ns = 0;
    std::string_view reason;  // a literal: "max_bytes", "max_age", "disk_full", "damaged"
};

/// "12 points of 2025-08-21T14:21:10Z to 2025-08-21T15:00:00Z (3 records)"
[[nodiscard]] std::string to_string(const loss& what);

/// From the lane alone: whether a sink wants its records. Called under a lock by any thread.
using lane_choice = std::function<bool(const lane&)>;

class journal;

/// One sink's place in the journal. Used by one delivery thread at a time.
class subscription {
public:
    virtual ~subscription() = default;

    /// Records after `after`, in order, at least one where there is any. Reads from memory where
    /// it can. What was deleted or damaged is skipped: gaps in the sequence are normal, and
    /// are counted by `lost`.
    [[nodiscard]] virtual std::vector<record_ptr> read(sequence after, contents what,
                                                       const read_limits& limits) = 0;

    /// What a sink of that name had last before it got this subscription: records behind `after`
    /// (0: from the first of them on) up to position() that were appended within `span` of the one
    /// there, as far as the journal still has them. Nothing where it has begun with this one.
    [[nodiscard]] virtual std::vector<record_ptr> look_back(sequence /*after*/,
                                                            std::chrono::nanoseconds /*span*/,
                                                            contents /*what*/,
                                                            const read_limits& /*limits*/) {
        return {};
    }

    /// Where the sink stands. Written to the cursor file at once (kernel), synced within a second.
    virtual void commit(const cursor& position) = 0;
    [[nodiscard]] virtual const cursor& position() const = 0;

    /// What still lies before the sink, for lag: bytes of members and the age of the oldest.
    struct backlog {
        std::uint64_t bytes = 0;
        std::int64_t oldest_appended_ns = 0;  // 0: nothing waits
        sequence newest = 0;
    };
    [[nodiscard]] virtual backlog behind() const = 0;

    /// The newest sequence there is.
    [[nodiscard]] virtual sequence newest() const = 0;

    /// Records that were deleted before this sink had them, or damaged. Those of lanes that it does
    /// not take do not count, where their headers can be read.
    [[nodiscard]] virtual std::uint64_t lost_records() const = 0;
    /// What was lost since the last call, one entry per reason.
    [[nodiscard]] virtual std::vector<loss> take_losses() = 0;
    /// It reads no more, and ends: what only memory still has is lost to it and among its losses.
    virtual void let_go() = 0;
};

/// Reads along and leaves no trace: it has no place on disk, holds no segment back, and what was
/// deleted before it came there it passes over. Used by one thread at a time; ends before its
/// journal does.
class onlooker {
public:
    virtual ~onlooker() = default;

    /// The next records, in order, with their texts, at least one where there is any.
    [[nodiscard]] virtual std::vector<record_ptr> read(const read_limits& limits) = 0;
};

/// Where a sink without a cursor file begins.
enum class start_at : std::uint8_t { now, oldest };

class journal {
public:
    /// Opens or creates the directory, takes its lock, recovers: the torn tail of the newest
    /// segment is set aside, a new segment begins. Starts both threads.
    /// @returns the journal, or a sentence for the operator (no such directory, locked by another
    /// relay, no permission).
    [[nodiscard]] static expected<std::unique_ptr<journal>, std::string> open(
        journal_options options, const time_source& time, log& log);

    virtual ~journal() = default;

    /// Takes the batch, or refuses it where queue_bytes are waiting or its lane's names are longer
    /// than a header holds (4096 bytes): its receipt, if any, is then settled as refused before
    /// this returns. Any thread; never blocks on the disk.
    /// @returns whether it was taken
    virtual bool append(batch batch) = 0;

    /// The cursor of that name, made where there is none. At most one subscription per name; it
    /// ends before the journal does. Subscribe every sink under keep_segments(): segments go as
    /// soon as all that have subscribed have them.
    /// @param takes which lanes count when something is lost; none: all
    [[nodiscard]] virtual std::unique_ptr<subscription> subscribe(const std::string& sink,
                                                                  start_at start,
                                                                  lane_choice takes) = 0;
    [[nodiscard]] std::unique_ptr<subscription> subscribe(const std::string& sink, start_at start) {
        return subscribe(sink, start, nullptr);
    }

    /// Of what was appended at or after that time, by the stamps of the records, and is still here.
    [[nodiscard]] virtual std::unique_ptr<onlooker> look_on(std::int64_t appended_since_ns) = 0;

    /// As long as anything that it returned lives, no segment is deleted: where sinks subscribe or
    /// change, not every one that is owed something has a subscription, and what went meanwhile
    /// would be lost to it and never counted. For a moment: a disk that is full takes nothing then.
    /// It ends before the journal does.
    [[nodiscard]] virtual std::shared_ptr<const void> keep_segments() = 0;

    /// Called by the append thread whenever records can be read; must not block.
    virtual void notify(std::function<void()> wake) = 0;

    /// Deletes the oldest segment, whoever needs it, if it is sealed and all of its records are at
    /// or before `last`; what that costs each sink is counted and said. Any thread; waits for the
    /// disk.
    /// @returns its bytes, or nothing where there is none to delete.
    [[nodiscard]] virtual std::optional<std::uint64_t> remove_oldest(sequence last) = 0;

    /// Deletes the cursor of a sink that nobody has subscribed: it begins anew if it ever comes
    /// back. @returns a sentence where that cannot be done. Any thread.
    [[nodiscard]] virtual expected<void, std::string> forget(const std::string& sink) = 0;

    /// Writes and syncs what is queued, settles it, ends both threads. Idempotent.
    virtual void stop() = 0;

    [[nodiscard]] virtual const journal_counters& counters() const = 0;
    [[nodiscard]] virtual const journal_options& options() const = 0;
};

}  // namespace relay::journal
