// When metadata are told to a receiver of remote write 1.0, which has no place for them beside a
// sample: what is new at once, and all of it every so often, because receivers keep it in memory.
// Pure; time is handed in.
#pragma once

#include "protocol/metric_metadata.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/http_message.hpp"

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace relay::sinks {

class metadata_news {
public:
    /// @param interval of telling all; 0: nothing is ever told
    explicit metadata_news(std::chrono::seconds interval) noexcept : interval_(interval) {}

    /// What is to be told now; it counts as told.
    /// @param to  the headers that say to whom: each tenant of a receiver is told
    /// @param met all there is to be told; it only grows
    [[nodiscard]] std::span<const protocol::metric_metadata* const> due(
        const std::vector<http_header>& to, std::span<const protocol::metric_metadata* const> met,
        steady_time now);

private:
    struct listener {
        std::vector<http_header> to;
        std::size_t told = 0;
        steady_time began{};  // when all was told last
    };
    std::chrono::seconds interval_;
    std::vector<listener> listeners_;  // few: as many as there are lanes at most
};

}  // namespace relay::sinks
