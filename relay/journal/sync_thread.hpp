// The sync thread: everything that may take long. It makes records durable and settles them, trims
// sealed segments, prepares the next one, removes those that nobody needs, syncs the cursors. It
// may hang in any of it without delaying a write.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/batch_queue.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/cursor_file.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment_supply.hpp"
#include "relay/journal/sync_queue.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

namespace relay::journal {

/// Shared with the subscriptions: one may end while its file is being synced.
using cursor_files = locked<std::vector<std::shared_ptr<cursor_file>>>;

/// What it works with; all of it outlives the thread.
struct sync_parts {
    sync_queue& syncs;
    batch_queue& queue;  // to wake the append thread
    catalog& records;
    segment_supply& supply;
    const cursor_files& cursors;
    disk& files;
    const std::filesystem::path& directory;
    retention_limits limits;
    sync_mode mode;
    const time_source& time;
    journal_counters& counters;
    log& logger;
};

class sync_thread {
public:
    explicit sync_thread(sync_parts parts) : to_(parts) {}

    /// Returns when the append thread has ended and what it left is synced.
    void run();

private:
    void make_durable(sync_work& work);
    [[nodiscard]] std::error_code sync_files(const sync_work& work);
    void give_up(sync_work& work, std::error_code why);
    void trim(const std::vector<sealed_segment>& sealed);
    void remove_segments();
    void sync_cursors();
    void note_duration(std::chrono::nanoseconds took);

    sync_parts to_;
    int failures_ = 0;  // in a row
};

}  // namespace relay::journal
