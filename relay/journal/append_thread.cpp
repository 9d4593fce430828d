#include "relay/journal/append_thread.hpp"

#include "relay/journal/format.hpp"

#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace relay::journal {
namespace {

// How often a disk that takes nothing is tried when no batch arrives.
constexpr std::chrono::milliseconds retry_interval{1000};

}  // namespace

void append_thread::run() {
    for (;;) {
        auto patience = unwritten_.empty() ? std::nullopt : std::optional(retry_interval);
        auto taken = to_.queue.wait(patience);
        if (to_.syncs.has_failed()) write_again();
        if (!unwritten_.empty()) write_unwritten();
        for (auto& one : taken.batches)
            take(std::move(one));
        to_.syncs.begin_sync();
        if (!taken.batches.empty()) wake_readers();
        if (taken.closed && taken.batches.empty() && finish()) return;
    }
}

bool append_thread::finish() {
    to_.store.seal();
    if (!to_.syncs.finish()) return false;
    if (!unwritten_.empty()) {
        to_.logger.error("the journal's disk takes nothing: {} records in memory are lost",
                         unwritten_.size());
    }
    return true;
}

record_ptr append_thread::make_record(batch& from) {
    auto made = std::make_shared<record>();
    auto& header = made->header;
    header = {.sequence = ++last_,
              .text_bytes = static_cast<std::uint32_t>(from.text.size()),
              .points = from.points,
              .points_before = points_,
              .oldest_ns = from.oldest_ns,
              .newest_ns = from.newest_ns,
              .appended_ns = unix_nanoseconds(to_.time.now().wall),
              .lane = std::move(from.lane)};
    points_ += from.points;
    member_.clear();
    compressor_.compress(from.text, encode_extra(header), member_);
    seal_member(member_, header);
    made->member = member_;  // exactly as long as it is
    made->text = std::move(from.text);
    made->text.shrink_to_fit();
    to_.counters.newest_sequence.set(static_cast<std::int64_t>(header.sequence));
    to_.counters.records.add();
    to_.counters.points.add(header.points);
    to_.counters.text_bytes.add(header.text_bytes);
    to_.counters.member_bytes.add(header.member_bytes);
    return made;
}

void append_thread::take(batch one) {
    const auto charged = one.text.size();
    waiting next{.record = make_record(one), .receipt = std::move(one.receipt), .charged = charged};
    if (unwritten_.empty() && write(next)) return;
    set_memory_only(true);
    to_.records.publish_unwritten(next.record);
    keep_in_memory(std::move(next));
}

bool append_thread::write(waiting& one) {
    auto placed = to_.store.put(one.record, to_.time.now().steady);
    if (!placed) return false;
    to_.queue.release(one.charged);
    auto receipt = std::move(one.receipt);
    // Told before the record is handed on: the sync thread may settle it at once.
    if (receipt && !one.told) receipt->written();
    if (receipt && to_.mode != sync_mode::ack) {
        std::exchange(receipt, nullptr)->settled(durability::kernel);
    }
    to_.syncs.add({.sequence = one.record->header.sequence,
                   .record = one.record,
                   .file = std::move(placed->file),
                   .offset = placed->offset,
                   .receipt = std::move(receipt)});
    return true;
}

void append_thread::keep_in_memory(waiting one) {
    if (one.receipt) std::exchange(one.receipt, nullptr)->settled(durability::memory);
    unwritten_.push_back(std::move(one));
}

void append_thread::write_unwritten() {
    while (!unwritten_.empty()) {
        auto& front = unwritten_.front();
        const auto which = front.record->header.sequence;
        if (!front.receipt && to_.records.everyone_has(which)) {
            to_.records.forget_unwritten(which);
            to_.queue.release(front.charged);
        } else if (!write(front)) {
            break;
        }
        unwritten_.pop_front();
    }
    set_memory_only(!unwritten_.empty());
    for (auto& one : unwritten_) {
        if (one.receipt) std::exchange(one.receipt, nullptr)->settled(durability::memory);
    }
    wake_readers();
}

// A sync has failed: the kernel may have dropped what it could not write (fsync(2), "Errors"), so
// everything that was not known to be on disk goes to a new segment.
void append_thread::write_again() {
    auto taken = to_.syncs.take_failed();
    to_.store.abandon();
    while (!taken.empty() && !taken.front().record) {
        // No longer in our memory. It stays where it is, and its checksum will tell.
        if (taken.front().receipt) taken.front().receipt->settled(durability::kernel);
        taken.pop_front();
    }
    if (taken.empty()) return;
    cut(taken);
    std::deque<waiting> again;
    for (auto& one : taken) {
        const auto charged = one.record->member.size();
        to_.queue.charge(charged);
        again.push_back({.record = std::move(one.record),
                         .receipt = std::move(one.receipt),
                         .charged = charged,
                         .told = true});
    }
    unwritten_.insert(unwritten_.begin(), std::make_move_iterator(again.begin()),
                      std::make_move_iterator(again.end()));
}

void append_thread::cut(const std::deque<unsynced_record>& taken) {
    std::vector<record_ptr> records;
    std::vector<segment_cut> cuts;
    std::vector<std::shared_ptr<segment_file>> files;
    for (const auto& one : taken) {
        records.push_back(one.record);
        if (!files.empty() && files.back() == one.file) continue;
        files.push_back(one.file);
        cuts.push_back({.number = one.file->number, .end = one.offset});
    }
    to_.records.take_back(records, cuts);
    for (std::size_t i = 0; i < files.size(); ++i) {
        const auto error = cuts[i].end == 0 ? to_.files.remove(files[i]->path)
                                            : to_.files.cut(files[i]->fd.get(), cuts[i].end);
        if (!error) continue;
        to_.logger.warning("cannot cut {} back to byte {}: {}", files[i]->path.string(),
                           cuts[i].end, error.message());
    }
}

void append_thread::set_memory_only(bool on) {
    if (memory_only_ == on) return;
    memory_only_ = on;
    to_.counters.memory_only.set(on ? 1 : 0);
    if (on) {
        to_.logger.error("the journal's disk takes nothing: new data is kept in memory only");
    } else {
        to_.logger.notice("the journal's disk is back: what was kept in memory is written");
    }
}

void append_thread::wake_readers() const {
    // Copied, so that no lock is held while they run.
    const auto wakes = to_.wakes.with([](const auto& calls) { return calls; });
    for (const auto& wake : wakes)
        wake();
}

}  // namespace relay::journal
