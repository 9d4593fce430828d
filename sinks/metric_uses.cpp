#include "sinks/metric_uses.hpp"

#include "sinks/series_fingerprint.hpp"

namespace relay::sinks {

const metric_owner& metric_uses::note(std::uint64_t measurement,
                                      std::span<const named_sample> samples) {
    auto& owner = owners_[measurement];
    if (owner == nullptr) owner = std::make_unique<metric_owner>();
    for (const auto& one : samples) {
        if (one.label_set != 0) tell_not_alone(*owner);
        const auto extra = one.extra.name.empty() ? 0 : fingerprint(one.extra.name);
        const auto [found, is_new] =
            metrics_.try_emplace(fingerprint(one.metric), use{owner.get(), extra});
        if (is_new) continue;
        auto& known = found->second;
        if (known.owner == owner.get() && known.extra_name == extra) continue;
        tell_not_alone(*known.owner);
        tell_not_alone(*owner);
    }
    return *owner;
}

void metric_uses::tell_not_alone(metric_owner& owner) noexcept {
    conflicts_ += owner.is_alone ? 1 : 0;
    owner.is_alone = false;
}

void metric_uses::clear() {
    metrics_.clear();
    owners_.clear();
}

}  // namespace relay::sinks
