// Puts records on disk, come what may: begins and seals segments, goes on in a new one after any
// error, deletes the oldest when the disk is full. Owned by the append thread. Never syncs.
//
// Deleting may be in vain: where a snapshot holds what is deleted, where something else fills the
// disk at once, where the file cannot be unlinked. Then no more goes for a while, which doubles
// each time: a journal is not emptied for nothing.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment_supply.hpp"
#include "relay/journal/segment_writer.hpp"
#include "relay/journal/sync_queue.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>

namespace relay::journal {

struct segment_limits {
    std::uint64_t bytes = 0;              // sealed before it grows beyond this
    std::chrono::nanoseconds max_age{0};  // or when its first record is older
};

/// Where a record came to stand.
struct stored {
    std::shared_ptr<segment_file> file;
    std::uint64_t offset = 0;
};

class record_store {
public:
    record_store(disk& on, catalog& catalog, sync_queue& syncs, segment_supply& supply,
                 segment_limits limits, journal_counters& counters, log& log) noexcept
        : disk_(on),
          catalog_(catalog),
          syncs_(syncs),
          supply_(supply),
          limits_(limits),
          counters_(counters),
          log_(log) {}

    /// Writes the record and publishes it to readers. On failure the disk takes nothing, not even
    /// in a new segment and with the room that could be made; nothing was published.
    [[nodiscard]] expected<stored, std::error_code> put(const record_ptr& record, steady_time now);

    /// Seals the segment that is being written, if there is one.
    void seal();
    /// Ends the segment that is being written without a word on its size: the caller cuts it.
    void abandon();

private:
    [[nodiscard]] expected<stored, std::error_code> try_put(const record_ptr& record,
                                                            steady_time now);
    [[nodiscard]] std::error_code begin(steady_time now);
    void begin_with(std::shared_ptr<segment_file> file, steady_time now);
    void roll_if_due(std::size_t member_bytes, steady_time now);
    void seal_after_failure(std::error_code why);
    [[nodiscard]] bool make_room(std::uint64_t bytes, steady_time now);
    [[nodiscard]] bool unlink_oldest(std::uint64_t& freed);
    void deleted_in_vain(steady_time now);

    disk& disk_;
    catalog& catalog_;
    sync_queue& syncs_;
    segment_supply& supply_;
    const segment_limits limits_;
    journal_counters& counters_;
    log& log_;

    std::optional<segment_writer> writer_;
    steady_time begun_at_{};
    bool failing_ = false;  // the last put() failed: the log knows
    // After segments were deleted in vain:
    steady_time delete_again_at_ = steady_time::min();
    std::chrono::milliseconds deletion_pause_{0};
};

}  // namespace relay::journal
