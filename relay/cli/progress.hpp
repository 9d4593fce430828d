// How far a long work is, on standard error, where that is a terminal; else silence.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace relay::cli {

class progress {
public:
    explicit progress(std::string what);
    ~progress();  // wipes its line
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;

    /// Shown a few times a second, however often it is called.
    void at(std::uint64_t done, std::uint64_t total);
    /// Wipes the line, so that something else can be said.
    void wipe();

private:
    const std::string what_;
    const bool shown_;
    bool on_line_ = false;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace relay::cli
