// The append thread: compresses each batch once, numbers it, writes it, tells its receipt and the
// readers. It never syncs and never waits for a sync. Where the disk takes nothing, records wait in
// memory, readable, until it does.
#pragma once

#include "protocol/gzip_member.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/batch_queue.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/record_store.hpp"
#include "relay/journal/sync_queue.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

namespace relay::journal {

using wake_calls = locked<std::vector<std::function<void()>>>;

/// What it works with; all of it outlives the thread.
struct append_parts {
    batch_queue& queue;
    sync_queue& syncs;
    catalog& records;
    record_store& store;
    disk& files;
    const wake_calls& wakes;
    sync_mode mode;
    const time_source& time;
    journal_counters& counters;
    log& logger;
};

class append_thread {
public:
    /// @param last the sequence of the last record ever; points: of all records ever
    append_thread(append_parts parts, sequence last, std::uint64_t points)
        : to_(parts),
          last_(last),
          points_(points) {}

    /// Returns when the queue is closed and everything in it is written.
    void run();

private:
    /// A record on its way to the disk.
    struct waiting {
        record_ptr record;
        std::shared_ptr<relay::journal::receipt> receipt;
        std::size_t charged = 0;  // in the queue
        bool told = false;        // receipt->written() was called
    };

    [[nodiscard]] record_ptr make_record(batch& from);
    void take(batch one);
    [[nodiscard]] bool write(waiting& one);
    void keep_in_memory(waiting one);
    void write_unwritten();
    void write_again();
    void cut(const std::deque<unsynced_record>& taken);
    void set_memory_only(bool on);
    void wake_readers() const;
    [[nodiscard]] bool finish();

    append_parts to_;
    protocol::gzip_compressor compressor_;
    std::string member_;  // working memory, reused
    sequence last_;
    std::uint64_t points_;
    std::deque<waiting> unwritten_;  // ascending; not empty: the disk takes nothing
    bool memory_only_ = false;
};

}  // namespace relay::journal
