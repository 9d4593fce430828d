#include "relay/journal/batch_queue.hpp"

#include "relay/base/check.hpp"

#include <utility>

namespace relay::journal {

bool batch_queue::push(batch& one) {
    {
        const std::lock_guard guard(mutex_);
        if (closed_ || charged_ + one.text.size() > bytes_max_) return false;
        set_charged(charged_ + one.text.size());
        queued_.push_back(std::move(one));
    }
    changed_.notify_one();
    return true;
}

void batch_queue::close() {
    {
        const std::lock_guard guard(mutex_);
        closed_ = true;
    }
    changed_.notify_one();
}

void batch_queue::poke() {
    {
        const std::lock_guard guard(mutex_);
        poked_ = true;
    }
    changed_.notify_one();
}

batch_queue::taken batch_queue::wait(std::optional<std::chrono::milliseconds> patience) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return !queued_.empty() || closed_ || poked_; };
    if (patience) {
        changed_.wait_for(lock, *patience, ready);
    } else {
        changed_.wait(lock, ready);
    }
    poked_ = false;
    return {.batches = std::exchange(queued_, {}), .closed = closed_};
}

void batch_queue::charge(std::size_t bytes) {
    const std::lock_guard guard(mutex_);
    set_charged(charged_ + bytes);
}

void batch_queue::release(std::size_t bytes) {
    const std::lock_guard guard(mutex_);
    RELAY_CHECK(bytes <= charged_);
    set_charged(charged_ - bytes);
}

void batch_queue::set_charged(std::size_t bytes) {
    charged_ = bytes;
    level_.set(static_cast<std::int64_t>(bytes));
}

}  // namespace relay::journal
