// What the journal holds and who still needs it: segments, the memory tail, the sinks' positions.
// One mutex, held for arithmetic only, never across a system call or a free of records. The append
// thread adds, the sync thread removes, delivery threads look up.
#pragma once

#include "relay/journal/journal.hpp"
#include "relay/journal/memory_tail.hpp"
#include "relay/journal/segment.hpp"
#include "relay/journal/segment_reader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace relay::journal {

/// What a reader on disk needs to know of a segment.
struct disk_place {
    std::uint64_t number = 0;
    std::filesystem::path path;
    std::uint64_t end = 0;       // read no further
    sequence last = 0;           // … nor beyond this
    std::uint64_t revision = 0;  // see revision()
};

struct looked_up {
    std::vector<record_ptr> records;  // from memory
    std::optional<disk_place> disk;   // else: read here. Neither: nothing to read now
    sequence removed = 0;             // up to this, segments were removed
};

/// A segment that is to end earlier; at 0 it is to go.
struct segment_cut {
    std::uint64_t number = 0;
    std::uint64_t end = 0;
};

/// Records that are gone, and what is known of them.
struct gone_records {
    sequence first = 0;
    sequence last = 0;
    std::optional<lane> of_lane;  // none: not known
    std::uint64_t points = 0;     // of all of them
    std::int64_t oldest_ns = 0;
    std::int64_t newest_ns = 0;
    std::string_view reason;  // a literal
};

/// One subscription as the catalog sees it.
struct subscriber {
    std::string sink;
    cursor position;
    lane_choice takes;
    gap held;  // records that it was given and has not committed yet; none: 0, 0
    // Still in its memory or in the tail: lost only if it does not deliver them from there.
    std::vector<gone_records> gone_while_held;
    std::uint64_t lost = 0;
    std::vector<loss> losses;  // one per reason; not yet fetched
    /// The lowest sequence that it still needs.
    [[nodiscard]] sequence needs() const noexcept {
        return position.gaps.empty() ? position.delivered + 1 : position.gaps.front().first;
    }
};
using subscriber_id = std::list<subscriber>::iterator;
using onlooker_id = std::list<sequence>::iterator;

struct retention_limits {
    std::uint64_t max_bytes = 0;
    std::chrono::nanoseconds max_age{0};
    std::chrono::nanoseconds keep_delivered{0};
};

class catalog {
public:
    /// @param found the segments of earlier runs, ascending, all sealed
    /// @param newest the sequence of the last record ever
    catalog(std::deque<segment> found, sequence newest, std::size_t tail_bytes,
            journal_counters& counters);

    // The append thread's.
    void begin_segment(std::uint64_t number, const std::filesystem::path& path);
    /// A record that is in the kernel, at the end of the newest segment, which now ends at `end`.
    void publish(const record_ptr& record, std::uint64_t end, steady_time now);
    /// A record that no disk has: readable, and kept until publish() or forget().
    void publish_unwritten(const record_ptr& record);
    /// Of the unwritten ones up to here, nothing waits for the disk any more.
    void forget_unwritten(sequence through);
    void seal();
    /// Takes `records`, which are the newest, out of their segments; they will be published again
    /// and are readable from memory until then.
    /// @param cuts where the first of them begins in each segment that holds any
    void take_back(const std::vector<record_ptr>& records, const std::vector<segment_cut>& cuts);

    // Any thread's.
    [[nodiscard]] looked_up look_up(sequence after, const read_limits& limits) const;
    /// Changes whenever take_back() has made what look_up() said untrue.
    [[nodiscard]] std::uint64_t revision() const;
    /// Counts damage that a reader met, once however often it is read.
    void count_damage(std::uint64_t number, const std::vector<damaged_range>& ranges);
    [[nodiscard]] sequence newest() const;
    /// A sequence that every record appended at or after that time comes behind: the end of the
    /// last segment that ended before it.
    [[nodiscard]] sequence before(std::int64_t appended_ns) const;
    /// When that record was appended, about.
    [[nodiscard]] std::int64_t appended_at(sequence which) const;

    [[nodiscard]] std::optional<subscriber_id> add_subscriber(const std::string& sink,
                                                              const cursor& position,
                                                              lane_choice takes);
    void remove_subscriber(subscriber_id id);
    /// One who only reads: pins no segment, but what it has not read stays in the tail within its
    /// bound.
    [[nodiscard]] onlooker_id add_onlooker(sequence read_through);
    void set_read(onlooker_id id, sequence through);
    void remove_onlooker(onlooker_id id);
    /// What every sink then has leaves the tail.
    /// @returns whether the oldest segment may go now.
    bool set_position(subscriber_id id, const cursor& position);
    /// What the subscriber has in memory and will commit or let go of; {} for nothing.
    /// @returns what it lets go of and no one can have any more
    [[nodiscard]] std::vector<loss> set_held(subscriber_id id, const gap& records);
    /// The subscriber was given what comes behind these, which were gone by then.
    /// @returns what of them was counted on to be in the tail still
    [[nodiscard]] std::vector<loss> skipped(subscriber_id id, const gap& records);
    /// The subscriber reads no more: what was only in memory is gone with it.
    [[nodiscard]] std::vector<loss> let_go(subscriber_id id);
    /// Records that no one can read from disk any more, once each.
    /// @returns what that costs whom; who can still deliver one from memory is not among them
    struct sink_loss {
        std::string sink;
        loss what;
    };
    [[nodiscard]] std::vector<sink_loss> account(const std::vector<gone_records>& gone);
    /// The same for one subscriber alone: it met damage.
    [[nodiscard]] std::optional<loss> account(subscriber_id id, const gone_records& gone);
    [[nodiscard]] std::uint64_t lost(subscriber_id id) const;
    [[nodiscard]] std::vector<loss> take_losses(subscriber_id id);
    [[nodiscard]] subscription::backlog behind(subscriber_id id) const;
    /// Whether there are sinks and all of them have it.
    [[nodiscard]] bool everyone_has(sequence which) const;

    /// Takes out the oldest segment if it may go. Delivered ones go only once a record was appended
    /// in this run: until then not every sink may have subscribed.
    [[nodiscard]] std::optional<removal> take_removable(const retention_limits& limits,
                                                        steady_time now);
    /// Takes out the oldest sealed segment, whoever needs it: the disk is full.
    [[nodiscard]] std::optional<removal> take_oldest();
    /// Takes out the oldest segment, sealed, if all of its records are at or before `last`.
    [[nodiscard]] std::optional<removal> take_through(sequence last);
    [[nodiscard]] bool has_subscriber(const std::string& sink) const;
    /// In between nothing is taken out, for whatever reason. May be nested.
    void pause_removal();
    void resume_removal();

private:
    /// The oldest segment, if it may be looked at for removal.
    [[nodiscard]] const segment* oldest_sealed() const;
    [[nodiscard]] removal take_front(removal_reason why);
    [[nodiscard]] bool all_have(sequence which) const;
    /// What the tail need not hold any more; to be freed behind the lock.
    [[nodiscard]] std::vector<record_ptr> thin_tail();
    [[nodiscard]] std::uint64_t estimated_bytes(sequence first, sequence last) const;
    [[nodiscard]] std::int64_t time_of(sequence which) const;
    /// Whether it can have them all the same: it holds them, or the tail does.
    [[nodiscard]] bool in_memory_for(const subscriber& sink, const gone_records& gone) const;
    static void charge(subscriber& to, const gone_records& gone, std::vector<loss>& losses);
    [[nodiscard]] const segment* segment_after(sequence after) const;
    void show_levels();

    journal_counters& counters_;

    mutable std::mutex mutex_;
    std::deque<segment> segments_;  // ascending; only the last may be unsealed or empty
    memory_tail tail_;
    std::list<subscriber> subscribers_;
    std::list<sequence> onlookers_;  // how far each has read
    sequence newest_;
    sequence on_disk_;         // every record up to this is in the kernel at least, or gone
    sequence removed_;         // up to this, segments were removed
    std::uint64_t bytes_ = 0;  // of all segments
    std::uint64_t revision_ = 0;
    unsigned removal_pauses_ = 0;
    bool appended_ = false;
};

}  // namespace relay::journal
