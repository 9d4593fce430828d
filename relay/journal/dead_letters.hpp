// Where refused lines go: a bounded queue in memory, a thread that brings it to disk. Whoever
// refuses a line hands it over and goes on; nothing that is answered ever waits for it.
//
// Durability: a letter is in memory when put() returns, and on disk once durable_up_to() has
// reached its ticket. Delivery holds a cursor back until then.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/dead_letter.hpp"
#include "relay/journal/dead_letter_files.hpp"
#include "relay/journal/disk.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace relay::journal {

/// Tickets ascend; 0 is none, and always durable.
using letter_ticket = std::uint64_t;

/// The port that ingest and delivery know. Any thread.
class dead_letter_box {
public:
    virtual ~dead_letter_box() = default;
    /// Never blocks on the disk. @returns 0 where the queue is full: the letter is counted and
    /// gone.
    virtual letter_ticket put(dead_letter one) = 0;
    /// Every letter up to here is on disk, or was given up because no disk takes it (counted).
    [[nodiscard]] virtual letter_ticket durable_up_to() const noexcept = 0;
};

struct dead_letter_options {
    /// Of all files: the oldest goes. A quarter of a gigabyte holds some ten million refused lines
    /// of Proxmox, compressed, and is nothing beside the journal.
    byte_size max_bytes = 256_MiB;
    /// Waiting in memory: one push of 2,000 guests, every line refused.
    byte_size queue_bytes = 8_MiB;
    byte_size file_bytes = 4_MiB;
    /// Letters wait so long for company: each turn costs the disk a sync.
    std::chrono::milliseconds linger{200};
};

struct dead_letter_counters {
    /// On disk, by the sink whose store refused them ("" where we did) and the reason.
    locked<std::map<std::pair<std::string, std::string>, std::uint64_t>> lines;
    counter written_bytes;  // of files
    counter write_errors;
    counter given_up;         // lines that no disk took
    counter dropped_lines;    // deleted because of max_bytes …
    counter dropped_files;    // … and the files they were in
    shared_counter overflow;  // lines that came when the queue was full
    gauge bytes, files, queued_bytes;
};

class dead_letters final : public dead_letter_box {
public:
    /// @param directory the journal's, whose lock the caller holds
    dead_letters(const std::filesystem::path& directory, const dead_letter_options& options,
                 std::shared_ptr<disk> on, log& log);
    ~dead_letters() override;

    letter_ticket put(dead_letter one) override;
    [[nodiscard]] letter_ticket durable_up_to() const noexcept override {
        return durable_.load(std::memory_order_acquire);
    }

    /// Called by the thread after durable_up_to() has moved; must not block. Before the first
    /// put().
    void notify(std::function<void()> wake);

    /// Deletes all that is on disk; waits for the thread. Any thread.
    /// @returns lines and files that are gone.
    dead_letter_writer::dropped clear();

    /// Writes what is queued and ends the thread. Idempotent.
    void stop();

    [[nodiscard]] const dead_letter_counters& counters() const noexcept { return counters_; }
    [[nodiscard]] const dead_letter_options& options() const noexcept { return options_; }

private:
    struct queue {
        std::vector<dead_letter> letters;
        std::uint64_t bytes = 0;
        letter_ticket last = 0;
        bool stopping = false;
        bool clear_asked = false;
        std::optional<dead_letter_writer::dropped> cleared;
    };

    void run();
    /// @returns false when it is time to end.
    [[nodiscard]] bool turn();
    void write(const std::vector<dead_letter>& letters);
    void write_chunk(const std::vector<dead_letter>& letters, std::size_t from, std::size_t to,
                     std::string_view text);
    void count(const std::vector<dead_letter>& letters, std::size_t from, std::size_t to);
    void say_overflow();
    void show_levels();

    // Constant.
    const dead_letter_options options_;
    const std::shared_ptr<disk> disk_;
    log& log_;

    // Shared.
    dead_letter_counters counters_;
    std::mutex mutex_;
    std::condition_variable changed_;   // for the thread
    std::condition_variable answered_;  // for clear()
    queue queue_;                       // under mutex_
    std::atomic<letter_ticket> durable_{0};

    // The thread's.
    dead_letter_writer writer_;
    std::function<void()> wake_;
    std::uint64_t overflow_said_ = 0;
    steady_time overflow_silent_until_{};
    bool failing_ = false;  // the log knows

    std::once_flag stopped_;
    std::thread thread_;
};

}  // namespace relay::journal
