#include "relay/journal/sync_queue.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {

void sync_queue::add(unsynced_record one) {
    // Nothing was promised, so nothing is kept to be written again.
    if (mode_ == sync_mode::none) return;
    const std::lock_guard guard(mutex_);
    if (records_.empty()) oldest_since_ = steady_time::clock::now();
    if (one.receipt) ++waiting_;
    held_bytes_ += one.record->member.size();
    records_.push_back(std::move(one));
    let_go_of_oldest();
}

void sync_queue::begin_sync() {
    changed_.notify_one();
}

void sync_queue::let_go_of_oldest() {
    while (held_bytes_ > hold_bytes_ && let_go_ + 1 < records_.size()) {
        auto& oldest = records_[let_go_++];
        held_bytes_ -= oldest.record->member.size();
        oldest.record.reset();
    }
}

void sync_queue::add_sealed(sealed_segment one) {
    {
        const std::lock_guard guard(mutex_);
        sealed_.push_back(std::move(one));
    }
    changed_.notify_one();
}

bool sync_queue::has_failed() const {
    const std::lock_guard guard(mutex_);
    return failed_;
}

std::deque<unsynced_record> sync_queue::take_failed() {
    const std::lock_guard guard(mutex_);
    failed_ = false;
    let_go_ = held_bytes_ = waiting_ = 0;
    // Their segments are cut now: what was said about their sizes is no longer true.
    for (const auto& one : records_) {
        std::erase_if(sealed_, [&one](const sealed_segment& s) { return s.file == one.file; });
    }
    return std::exchange(records_, {});
}

bool sync_queue::finish() {
    {
        const std::lock_guard guard(mutex_);
        if (failed_) return false;
        finished_ = true;
    }
    changed_.notify_one();
    return true;
}

void sync_queue::wake() {
    {
        const std::lock_guard guard(mutex_);
        woken_ = true;
    }
    changed_.notify_one();
}

steady_time sync_queue::due_at() const {
    if (records_.empty() || failed_) return steady_time::max();
    const bool now = waiting_ > 0 && mode_ == sync_mode::ack;
    return std::max(now ? oldest_since_ : oldest_since_ + interval_, retry_at_);
}

sync_work sync_queue::wait(steady_time deadline) {
    std::unique_lock lock(mutex_);
    for (;;) {
        const auto due = due_at();
        const auto now = steady_time::clock::now();
        const bool syncing = due <= now || (finished_ && !records_.empty());
        // After a failure the sizes of sealed segments are about to change.
        const bool trimming = !failed_ && !sealed_.empty();
        if (syncing || trimming || finished_ || woken_ || now >= deadline) {
            woken_ = false;
            return take_work(syncing, trimming);
        }
        changed_.wait_until(lock, std::min(due, deadline));
    }
}

sync_work sync_queue::take_work(bool syncing, bool trimming) {
    sync_work work;
    work.finished = finished_;
    if (trimming) work.sealed = std::exchange(sealed_, {});
    if (!syncing) return work;
    work.through = records_.back().sequence;
    for (const auto& one : records_) {
        if (work.files.empty() || work.files.back() != one.file) work.files.push_back(one.file);
    }
    return work;
}

receipts sync_queue::synced(sequence through) {
    receipts settled;
    std::vector<record_ptr> freed;  // behind the lock
    const std::lock_guard guard(mutex_);
    while (!records_.empty() && records_.front().sequence <= through) {
        auto& front = records_.front();
        if (front.record) {
            held_bytes_ -= front.record->member.size();
            freed.push_back(std::move(front.record));
        } else {
            --let_go_;
        }
        if (front.receipt) {
            --waiting_;
            settled.push_back(std::move(front.receipt));
        }
        records_.pop_front();
    }
    // Those that came during the sync wait from now at the latest.
    oldest_since_ = steady_time::clock::now();
    return settled;
}

void sync_queue::failed(sync_work work, steady_time retry_at) {
    const std::lock_guard guard(mutex_);
    for (auto& one : work.sealed)
        sealed_.push_back(std::move(one));
    failed_ = !finished_;
    retry_at_ = retry_at;
}

receipts sync_queue::release_receipts() {
    receipts released;
    const std::lock_guard guard(mutex_);
    waiting_ = 0;
    for (auto& one : records_) {
        if (one.receipt) released.push_back(std::move(one.receipt));
    }
    return released;
}

}  // namespace relay::journal
