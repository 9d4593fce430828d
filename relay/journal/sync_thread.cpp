#include "relay/journal/sync_thread.hpp"

#include "relay/journal/segment_removal.hpp"

#include <algorithm>

namespace relay::journal {
namespace {

// Cursors are synced so often, and segments looked at for their age.
constexpr std::chrono::milliseconds housekeeping_interval{1000};
// After so many failed syncs in a row nobody is kept waiting for the next.
constexpr int failures_max = 3;

}  // namespace

void sync_thread::run() {
    auto housekeeping_at = steady_time::clock::now() + housekeeping_interval;
    for (;;) {
        auto work = to_.syncs.wait(housekeeping_at);
        make_durable(work);
        if (!work.finished) to_.supply.prepare();
        remove_segments();
        const auto now = steady_time::clock::now();
        if (now >= housekeeping_at || work.finished) {
            sync_cursors();
            housekeeping_at = now + housekeeping_interval;
        }
        if (work.finished) return;
    }
}

void sync_thread::make_durable(sync_work& work) {
    if (!work.files.empty()) {
        if (const auto error = sync_files(work)) return give_up(work, error);
        failures_ = 0;
        for (const auto& one : to_.syncs.synced(work.through))
            one->settled(durability::disk);
    }
    trim(work.sealed);
}

std::error_code sync_thread::sync_files(const sync_work& work) {
    const auto begin = steady_time::clock::now();
    bool names_synced = true;
    for (const auto& file : work.files) {
        if (const auto error = to_.files.sync(file->fd.get())) return error;
        names_synced = names_synced && file->name_synced;
    }
    if (!names_synced) {
        if (const auto error = to_.files.sync_directory(to_.directory)) return error;
        for (const auto& file : work.files)
            file->name_synced = true;
    }
    to_.counters.syncs.add();
    note_duration(steady_time::clock::now() - begin);
    return {};
}

void sync_thread::give_up(sync_work& work, std::error_code why) {
    to_.counters.sync_errors.add();
    if (failures_++ == 0) to_.logger.error("cannot sync the journal: {}", why.message());
    auto retry_at = steady_time::clock::now();
    if (failures_ >= failures_max || work.finished) {
        retry_at += housekeeping_interval;
        for (const auto& one : to_.syncs.release_receipts())
            one->settled(durability::kernel);
    }
    to_.syncs.failed(std::move(work), retry_at);
    to_.queue.poke();
}

void sync_thread::trim(const std::vector<sealed_segment>& sealed) {
    for (const auto& one : sealed) {
        if (to_.mode == sync_mode::none) {
            if (const auto error = to_.files.sync(one.file->fd.get())) {
                to_.counters.sync_errors.add();
                to_.logger.error("cannot sync {}: {}", one.file->path.string(), error.message());
            }
        }
        // Gives back what was reserved beyond the end; costs disk space only where it fails.
        static_cast<void>(to_.files.cut(one.file->fd.get(), one.bytes));
    }
}

void sync_thread::remove_segments() {
    while (const auto taken = to_.records.take_removable(to_.limits, to_.time.now().steady)) {
        static_cast<void>(remove_segment(to_.files, to_.records, *taken, to_.logger));
    }
}

void sync_thread::sync_cursors() {
    const auto files = to_.cursors.with([](const auto& all) { return all; });
    for (const auto& file : files) {
        if (const auto error = file->sync()) {
            to_.counters.sync_errors.add();
            to_.logger.warning("cannot sync a cursor: {}", error.message());
        }
    }
}

void sync_thread::note_duration(std::chrono::nanoseconds took) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
    to_.counters.last_sync_us.set(us);
    to_.counters.longest_sync_us.set(std::max(us, to_.counters.longest_sync_us.value()));
}

}  // namespace relay::journal
