// Calls back when a time has come, on a thread of its own: for answers that are meant to be slow.
// Any thread may set an alarm. What is not due when the clock is destroyed is never called.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <stop_token>
#include <thread>

namespace relay::cli {

class alarm_clock {
public:
    alarm_clock();
    void after(std::chrono::milliseconds wait, std::function<void()> call);

private:
    void run(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> due_;
    std::jthread thread_;  // the last member: it ends before what it uses
};

}  // namespace relay::cli
