#include "relay/journal/record_store.hpp"

#include "relay/journal/segment_removal.hpp"

#include <utility>

namespace relay::journal {

expected<stored, std::error_code> record_store::put(const record_ptr& record, steady_time now) {
    roll_if_due(record->member.size(), now);
    for (int failures = 0;;) {
        auto placed = try_put(record, now);
        if (placed) {
            failing_ = false;
            return placed;
        }
        counters_.write_errors.add();
        seal_after_failure(placed.error());
        if (is_full(placed.error()) && delete_oldest()) continue;
        // A new segment may lie on a good part of the disk. A second one would tell nothing new.
        if (++failures == 2) {
            failing_ = true;
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

bool record_store::delete_oldest() {
    const auto taken = catalog_.take_oldest();
    if (!taken) return false;
    remove_segment(disk_, catalog_, *taken, log_);
    return true;
}

}  // namespace relay::journal
