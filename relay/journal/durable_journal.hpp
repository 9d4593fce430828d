// The journal as it is: its parts and its two threads, put together. `journal::open` makes one on
// the machine's disk; tests hand in a disk of theirs.
#pragma once

#include "relay/journal/append_thread.hpp"
#include "relay/journal/batch_queue.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/journal.hpp"
#include "relay/journal/record_store.hpp"
#include "relay/journal/recovery.hpp"
#include "relay/journal/segment_supply.hpp"
#include "relay/journal/sink_subscription.hpp"
#include "relay/journal/sync_queue.hpp"
#include "relay/journal/sync_thread.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace relay::journal {

class durable_journal final : public journal {
public:
    /// As journal::open().
    [[nodiscard]] static expected<std::unique_ptr<journal>, std::string> open(
        journal_options options, const time_source& time, log& log, std::shared_ptr<disk> on);

    durable_journal(journal_options options, const time_source& time, log& log,
                    std::shared_ptr<disk> on, unique_fd lock);
    ~durable_journal() override;

    bool append(batch one) override;
    using journal::subscribe;
    [[nodiscard]] std::unique_ptr<subscription> subscribe(const std::string& sink, start_at start,
                                                          lane_choice takes) override;
    [[nodiscard]] std::unique_ptr<onlooker> look_on(std::int64_t appended_since_ns) override;
    [[nodiscard]] std::shared_ptr<const void> keep_segments() override;
    void notify(std::function<void()> wake) override;
    [[nodiscard]] std::optional<std::uint64_t> remove_oldest(sequence last) override;
    [[nodiscard]] expected<void, std::string> forget(const std::string& sink) override;
    void stop() override;
    [[nodiscard]] const journal_counters& counters() const override { return counters_; }
    [[nodiscard]] const journal_options& options() const override { return options_; }

private:
    struct beginning {
        cursor position;
        bool is_new = false;
    };
    [[nodiscard]] beginning first_position(cursor_file& file, const std::string& sink,
                                           start_at start) const;

    // Constant after construction.
    const journal_options options_;
    const time_source& time_;
    log& log_;
    const std::shared_ptr<disk> disk_;  // shared: a test keeps hold of its own
    const unique_fd lock_;

    // Each its own synchronisation.
    journal_counters counters_;
    recovered recovered_;
    catalog catalog_;
    batch_queue queue_;
    sync_queue syncs_;
    segment_supply supply_;
    wake_calls wakes_;
    cursor_files cursors_;

    record_store store_;    // the append thread's
    append_thread append_;  // runs in append_runner_
    sync_thread sync_;      // runs in sync_runner_
    std::once_flag stopped_;
    std::thread append_runner_;
    std::thread sync_runner_;
};

}  // namespace relay::journal
