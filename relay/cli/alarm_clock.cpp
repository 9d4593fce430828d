#include "relay/cli/alarm_clock.hpp"

#include <utility>

namespace relay::cli {

using steady = std::chrono::steady_clock;

alarm_clock::alarm_clock() : thread_([this](const std::stop_token& stop) { run(stop); }) {}

void alarm_clock::after(std::chrono::milliseconds wait, std::function<void()> call) {
    {
        const std::lock_guard lock(mutex_);
        due_.emplace(steady::now() + wait, std::move(call));
    }
    changed_.notify_one();
}

void alarm_clock::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        if (due_.empty()) {
            changed_.wait(lock, stop, [this] { return !due_.empty(); });
            continue;
        }
        const auto first = due_.begin();
        const auto when = first->first;
        if (steady::now() < when) {
            // An earlier one may come meanwhile.
            changed_.wait_until(lock, stop, when, [&] { return due_.begin()->first < when; });
            continue;
        }
        const auto call = std::move(first->second);
        due_.erase(first);
        lock.unlock();
        call();
        lock.lock();
    }
}

}  // namespace relay::cli
