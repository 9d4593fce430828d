#include "sinks/request_series.hpp"

#include <algorithm>
#include <utility>

namespace relay::sinks {

void request_series::clear() {
    if (used_ != 0) std::ranges::fill(slots_, 0);
    used_ = 0;
    times_.clear();
    time_ = 0;
}

bool request_series::begin(std::int64_t time_ms) {
    if (time_ != 0 && times_[time_ - 1] == time_ms) return true;
    // The lines of one push have one time, so the last one is most likely.
    const auto found = std::ranges::find(times_.rbegin(), times_.rend(), time_ms);
    if (found != times_.rend()) {
        time_ = static_cast<std::uint64_t>(times_.rend() - found);
        return true;
    }
    if (times_.size() == time_bits) return false;
    times_.push_back(time_ms);
    time_ = times_.size();
    return true;
}

void request_series::grow() {
    const auto old = std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2));
    --shift_;
    for (const auto slot : old) {
        if (slot != 0) find(slot) = slot;
    }
}

}  // namespace relay::sinks
