// What one sink will never have, for the operator: the latest incidents, each with its time span,
// its points and its reason. Bounded; what follows an incident closely and for the same reason
// belongs to it. A value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

namespace relay::delivery {

struct lost {
    std::int64_t from_ns = 0;  // timestamps of the points
    std::int64_t to_ns = 0;
    std::uint64_t points = 0;
    std::string reason;         // "max_bytes", "damaged", or why the store refused them
    std::int64_t noted_ns = 0;  // wall clock when it was last added to
};

class loss_list {
public:
    /// Enough to see a bad week; older ones are in the log.
    static constexpr std::size_t most = 32;

    void add(const lost& what);

    /// The oldest first.
    [[nodiscard]] const std::deque<lost>& incidents() const noexcept { return incidents_; }

private:
    std::deque<lost> incidents_;
};

}  // namespace relay::delivery
