#include "relay/delivery/loss_list.hpp"

#include <algorithm>

namespace relay::delivery {
namespace {

constexpr std::int64_t same_incident_ns = 600'000'000'000;

}  // namespace

void loss_list::add(const lost& what) {
    const auto same = [&](const lost& one) {
        return one.reason == what.reason && what.noted_ns - one.noted_ns <= same_incident_ns;
    };
    const auto last = std::find_if(incidents_.rbegin(), incidents_.rend(), same);
    if (last == incidents_.rend()) {
        incidents_.push_back(what);
        if (incidents_.size() > most) incidents_.pop_front();
        return;
    }
    last->from_ns = std::min(last->from_ns, what.from_ns);
    last->to_ns = std::max(last->to_ns, what.to_ns);
    last->points += what.points;
    last->noted_ns = what.noted_ns;
}

}  // namespace relay::delivery
