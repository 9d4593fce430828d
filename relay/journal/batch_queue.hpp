// Batches on their way from the receiving threads to the append thread. Bounded: what does not fit
// is refused at once, nobody ever waits to put something in. Bytes stay charged after a batch was
// taken, until the append thread says that they have reached the disk.
#pragma once

#include "relay/base/counter.hpp"
#include "relay/journal/batch.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace relay::journal {

class batch_queue {
public:
    /// @param level shows the charged bytes
    batch_queue(std::size_t bytes_max, gauge& level) noexcept
        : bytes_max_(bytes_max),
          level_(level) {}

    /// Any thread. False: full or closed, and the batch stays with the caller.
    [[nodiscard]] bool push(batch& one);

    /// Any thread: no more batches; the append thread takes what is there.
    void close();
    /// Any thread: makes wait() return, perhaps with nothing.
    void poke();

    struct taken {
        std::vector<batch> batches;
        bool closed = false;
    };
    /// Append thread: all that is queued, as soon as there is any, after a poke, when closed, or
    /// when `patience` is over (none: for ever).
    [[nodiscard]] taken wait(std::optional<std::chrono::milliseconds> patience);

    /// Append thread: more or fewer bytes that wait for the disk.
    void charge(std::size_t bytes);
    void release(std::size_t bytes);

private:
    void set_charged(std::size_t bytes);  // under the mutex

    const std::size_t bytes_max_;
    gauge& level_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<batch> queued_;
    std::size_t charged_ = 0;
    bool closed_ = false;
    bool poked_ = false;
};

}  // namespace relay::journal
