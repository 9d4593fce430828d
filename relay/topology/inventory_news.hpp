// Which lines of the inventory are sent when. What has changed goes out at once, so that a rename
// or a migration is in the stores within seconds of the answer that told it; everything is repeated
// every two minutes, because Prometheus forgets a series after five, and one loss must not open a
// gap. For 2,000 guests that is some kilobytes a second beside the 830 that they push.
//
// Pure; owned by the topology thread.
#pragma once

#include "relay/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

class inventory_news {
public:
    static constexpr std::chrono::seconds repeated_every{120};
    /// Between two looks for changes: while a start reads every guest, each second brings one.
    static constexpr std::chrono::seconds looked_at_every{5};

    /// Whether it is time for a look.
    /// @param is_changed whether the snapshot is another than at the last look
    [[nodiscard]] bool is_due(bool is_changed, steady_time now) const noexcept;
    /// When is_due() is true at the latest, if nothing more changes.
    [[nodiscard]] steady_time due(bool is_changed) const noexcept;

    /// @param all lines of the inventory, each with the same timestamp
    /// @returns those that are to be sent
    [[nodiscard]] std::string take(std::string_view all, steady_time now);

private:
    std::vector<std::uint64_t> sent_;  // hashes of lines without their timestamp, ascending
    steady_time whole_{};
    steady_time looked_{};
    bool was_sent_ = false;
};

}  // namespace relay::topology
