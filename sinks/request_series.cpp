#include "sinks/request_series.hpp"

#include <algorithm>
#include <utility>

namespace relay::sinks {

void request_series::clear() {
    std::ranges::fill(slots_, slot{});
    used_ = 0;
}

request_series::seen request_series::add(std::uint64_t fingerprint, std::int64_t time_ms) {
    if (fingerprint == 0) fingerprint = 1;
    auto* place = &find(fingerprint);
    if (place->fingerprint != 0) {
        return place->time_ms == time_ms ? seen::same_time : seen::other_time;
    }
    if (2 * (used_ + 1) > slots_.size()) {
        grow();
        place = &find(fingerprint);
    }
    *place = {fingerprint, time_ms};
    ++used_;
    return seen::never;
}

void request_series::grow() {
    auto old = std::exchange(slots_, std::vector<slot>(slots_.size() * 2));
    for (const auto& s : old) {
        if (s.fingerprint != 0) find(s.fingerprint) = s;
    }
}

request_series::slot& request_series::find(std::uint64_t fingerprint) noexcept {
    const auto mask = slots_.size() - 1;
    auto i = static_cast<std::size_t>(fingerprint) & mask;
    while (slots_[i].fingerprint != 0 && slots_[i].fingerprint != fingerprint)
        i = (i + 1) & mask;
    return slots_[i];
}

}  // namespace relay::sinks
