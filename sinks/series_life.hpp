// What became of a line's series at the store, as far as the journal was walked: when they were
// sent last, and when they ended. By places in the journal and not by the clock, so that a walk
// through the same records, once more or after a restart, finds the same.
#pragma once

#include "sinks/series_budget.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace relay::sinks {

/// Series end at different times: a measurement with what it was measured of, the rest when it is
/// certain that this will not come back.
enum class series_class : std::uint8_t {
    measurement,
    lasting,  // `up`, infos, state sets, and all else that the relay itself says
};
inline constexpr std::size_t series_classes = 2;

struct series_life {
    unit_place seen;                               // where the line was met last; 0: never
    std::array<unit_place, series_classes> ended;  // what ended them last; 0: nothing
    std::int64_t last_ns = std::numeric_limits<std::int64_t>::min();  // newest time of the line
    /// Behind its end a sample that is not newer would be refused: it is left out.
    std::int64_t quiet_through_ms = std::numeric_limits<std::int64_t>::min();
    /// Whether another line may have spoken in its stead since it spoke.
    bool may_take_over = true;

    [[nodiscard]] bool was_seen() const noexcept { return seen != unit_place{}; }
    [[nodiscard]] bool was_seen_since(const unit_place& at) const noexcept {
        return was_seen() && seen >= at;
    }
    [[nodiscard]] bool is_alive(series_class of) const noexcept {
        return seen > ended[static_cast<std::size_t>(of)];
    }
    [[nodiscard]] bool is_quiet(const unit_place& at, std::int64_t time_ms) const noexcept {
        return time_ms <= quiet_through_ms && at > std::max(ended[0], ended[1]);
    }
    void end(series_class of, const unit_place& at) noexcept {
        ended[static_cast<std::size_t>(of)] = at;
    }
    void end(const unit_place& at, std::int64_t time_ms) noexcept {
        ended.fill(at);
        quiet_through_ms = time_ms;
    }
};

}  // namespace relay::sinks
