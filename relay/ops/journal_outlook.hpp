// How long the journal lasts if no store takes anything from now on: what it may still grow by, at
// the rate of the last minutes. An operator who knows it knows how long an outage may be.
//
// look() is the main thread's; the levels are anyone's.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <filesystem>

namespace relay::ops {

class journal_outlook {
public:
    /// The rate is that of so long at most, from looks that are so far apart at least.
    static constexpr std::chrono::minutes window{5};
    static constexpr std::chrono::seconds step{5};
    /// More than anybody waits for, and what it is where nothing arrives.
    static constexpr std::int64_t longest_seconds = 10LL * 365 * 24 * 3600;

    struct reading {
        std::uint64_t written = 0;    // bytes ever appended
        std::uint64_t held = 0;       // bytes on disk now
        std::uint64_t max = 0;        // bytes beyond which the oldest segment goes
        std::uint64_t disk_free = 0;  // bytes that the file system still gives us
    };
    void look(const reading& now, steady_time at);

    gauge bytes_per_second;    // appended, compressed
    gauge seconds_until_full;  // until the oldest undelivered data goes
    gauge disk_free_bytes;

private:
    struct mark {
        steady_time at;
        std::uint64_t written = 0;
    };
    std::deque<mark> marks_;  // of the window, oldest first
};

/// Bytes that the file system of `directory` gives to us; where it does not say, no bound.
[[nodiscard]] std::uint64_t disk_free(const std::filesystem::path& directory) noexcept;

}  // namespace relay::ops
