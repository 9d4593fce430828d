#include "relay/journal/record_store.hpp"

#include "relay/journal/segment_removal.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {
namespace {

// Between two deletions that made no room: short enough for a disk that something else was filling,
// and after a few in a row long enough that a journal of 1 GiB outlives a day of it.
constexpr std::chrono::milliseconds deletion_pause_first = std::chrono::seconds(10);
constexpr std::chrono::milliseconds deletion_pause_most = std::chrono::hours(2);

}  // namespace

expected<stored, std::error_code> record_store::put(const record_ptr& record, steady_time now) {
    roll_if_due(record->member.size(), now);
    bool made_room = false;
    for (int failures = 0;;) {
        auto placed = try_put(record, now);
        if (placed) {
            failing_ = false;
            deletion_pause_ = {};
            return placed;
        }
        counters_.write_errors.add();
        seal_after_failure(placed.error());
        if (is_full(placed.error()) && !made_room) {
            made_room = make_room(record->member.size(), now);
            if (made_room) continue;
        }
        // A new segment may lie on a good part of the disk. A second one would tell nothing new.
        if (++failures == 2) {
            failing_ = true;
            if (made_room) deleted_in_vain(now);
            return placed;
        }
    }
}

expected<stored, std::error_code> record_store::try_put(const record_ptr& record, steady_time now) {
    if (!writer_) {
        if (const auto error = begin(now)) return unexpected(error);
    }
    const auto offset = writer_->append(record->member);
    if (!offset) return unexpected(offset.error());
    catalog_.publish(record, writer_->bytes(), now);
    return stored{.file = writer_->file(), .offset = *offset};
}

std::error_code record_store::begin(steady_time now) {
    if (auto prepared = supply_.take()) {
        begin_with(std::move(prepared), now);
        return {};
    }
    auto created = supply_.create();
    if (!created) return created.error();
    begin_with(*std::move(created), now);
    return {};
}

void record_store::begin_with(std::shared_ptr<segment_file> file, steady_time now) {
    catalog_.begin_segment(file->number, file->path);
    writer_.emplace(disk_, std::move(file));
    begun_at_ = now;
    syncs_.wake();  // prepare the next
}

void record_store::roll_if_due(std::size_t member_bytes, steady_time now) {
    if (!writer_ || writer_->bytes() == 0) return;
    const auto size = writer_->bytes() + member_bytes;
    if (size <= limits_.bytes && now - begun_at_ <= limits_.max_age) return;
    if (auto prepared = supply_.take()) {
        seal();
        begin_with(std::move(prepared), now);
        return;
    }
    // The next one is not ready, so the sync thread is busy: rather a longer segment than a wait
    // for the directory; but not for ever.
    if (size > 2 * limits_.bytes) seal();
}

void record_store::seal() {
    if (!writer_) return;
    if (writer_->bytes() > 0) {
        syncs_.add_sealed({.file = writer_->file(), .bytes = writer_->bytes()});
    }
    abandon();
}

void record_store::abandon() {
    if (!writer_) return;
    catalog_.seal();
    if (writer_->bytes() == 0) static_cast<void>(disk_.remove(writer_->file()->path));
    writer_.reset();
}

void record_store::seal_after_failure(std::error_code why) {
    if (!failing_) log_.error("cannot write to the journal: {}", why.message());
    failing_ = true;
    if (!writer_) return;
    if (const auto error = writer_->cut_back()) {
        log_.warning("cannot cut {} back to byte {}: {}", writer_->file()->path.string(),
                     writer_->bytes(), error.message());
    }
    seal();
}

/// Deletes as many of the oldest segments as must do for a record of so many bytes: twice as much,
/// because a file takes whole blocks.
/// @returns whether there may be room now
bool record_store::make_room(std::uint64_t bytes, steady_time now) {
    if (now < delete_again_at_) return false;
    std::uint64_t freed = 0;
    while (freed < 2 * bytes) {
        if (!unlink_oldest(freed)) break;
    }
    return freed > 0;
}

bool record_store::unlink_oldest(std::uint64_t& freed) {
    const auto taken = catalog_.take_oldest();
    if (!taken) return false;
    freed += taken->gone.bytes;
    return !remove_segment(disk_, catalog_, *taken, log_);
}

void record_store::deleted_in_vain(steady_time now) {
    deletion_pause_ = std::clamp(2 * deletion_pause_, deletion_pause_first, deletion_pause_most);
    delete_again_at_ = now + deletion_pause_;
    log_.warning("segments were deleted and the disk is as full as before: no more go for {} s",
                 std::chrono::duration_cast<std::chrono::seconds>(deletion_pause_).count());
}

}  // namespace relay::journal
