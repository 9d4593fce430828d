// What the append thread hands to the sync thread: records that are in the kernel and not yet known
// to be on disk, with the receipts that wait for that, and segments that were sealed. It decides
// when a sync is due. The append thread never waits in here.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/journal/batch.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/segment_file.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace relay::journal {

using receipts = std::vector<std::shared_ptr<receipt>>;

/// A record in the kernel. `record` is null once the bound on memory let it go: it can then not be
/// written again.
struct unsynced_record {
    relay::journal::sequence sequence = 0;
    record_ptr record;
    std::shared_ptr<segment_file> file;
    std::uint64_t offset = 0;
    std::shared_ptr<relay::journal::receipt> receipt;  // null where nobody waits
};

/// A segment that nobody writes any more, and its size.
struct sealed_segment {
    std::shared_ptr<segment_file> file;
    std::uint64_t bytes = 0;
};

struct sync_work {
    std::vector<std::shared_ptr<segment_file>> files;  // to be synced; empty: not due
    sequence through = 0;                              // what that makes durable
    std::vector<sealed_segment> sealed;
    bool finished = false;  // the append thread has ended: this is the last work
};

class sync_queue {
public:
    /// @param hold_bytes members kept here at most, for writing them again
    sync_queue(sync_mode mode, std::chrono::milliseconds interval, std::size_t hold_bytes) noexcept
        : mode_(mode),
          interval_(interval),
          hold_bytes_(hold_bytes) {}

    // The append thread's.
    /// Seen by the sync thread when it looks, at begin_sync() at the latest.
    void add(unsynced_record one);
    /// What was added is to be synced from now on: the sync thread wakes once for all of it.
    void begin_sync();
    void add_sealed(sealed_segment one);
    /// A sync has failed and nothing has been written again yet.
    [[nodiscard]] bool has_failed() const;
    /// All that is not known to be on disk; the failure is dealt with once this was called.
    [[nodiscard]] std::deque<unsynced_record> take_failed();
    /// No more will come. False: a sync has failed meanwhile, take_failed() first.
    [[nodiscard]] bool finish();

    // Any thread's.
    /// There is something to do beside syncing (a segment to prepare, to remove).
    void wake();

    // The sync thread's.
    /// Work that is due, or none at `deadline` or after wake().
    [[nodiscard]] sync_work wait(steady_time deadline);
    /// @returns the receipts of all records up to `through`, which are on disk now.
    [[nodiscard]] receipts synced(sequence through);
    /// Nothing of what was to be synced is known to be on disk; not tried again before `retry_at`.
    void failed(sync_work work, steady_time retry_at);
    /// All receipts that wait: nobody shall wait any longer.
    [[nodiscard]] receipts release_receipts();

private:
    [[nodiscard]] steady_time due_at() const;
    [[nodiscard]] sync_work take_work(bool syncing, bool trimming);
    void let_go_of_oldest();

    const sync_mode mode_;
    const std::chrono::milliseconds interval_;
    const std::size_t hold_bytes_;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<unsynced_record> records_;  // ascending; those without a record come first
    std::size_t let_go_ = 0;               // how many have none
    std::size_t held_bytes_ = 0;           // of members
    std::size_t waiting_ = 0;              // receipts in records_
    steady_time oldest_since_{};           // when the first of records_ came, by the waiting clock
    steady_time retry_at_{};
    std::vector<sealed_segment> sealed_;
    bool failed_ = false;
    bool woken_ = false;
    bool finished_ = false;
};

}  // namespace relay::journal
