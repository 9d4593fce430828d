#include "sinks/label_pool.hpp"

#include "sinks/series_fingerprint.hpp"

namespace relay::sinks {
namespace {

/// What the map's slot, the pointer's counts and the heap add to each label, about.
constexpr std::size_t label_overhead = 80;

std::uint64_t hash_of(const protocol::shared_label& label) noexcept {
    return fingerprint(label.field());
}

}  // namespace

pooled_label label_pool::find_or_make(const protocol::label& from) const {
    auto made = std::make_shared<protocol::shared_label>(from);
    const auto found = labels_.find(hash_of(*made));
    return found != labels_.end() && *found->second == *made ? found->second : made;
}

void label_pool::keep(const pooled_label& label) {
    if (!labels_.try_emplace(hash_of(*label), label).second) return;
    bytes_ += sizeof *label + label->size() + label_overhead;
}

void label_pool::clear() {
    labels_.clear();
    bytes_ = 0;
}

}  // namespace relay::sinks
