#include "sinks/metadata_book.hpp"

#include "relay/base/check.hpp"
#include "sinks/naming/make_naming.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

protocol::metric_type_number number_of(metric_type type) noexcept {
    using number = protocol::metric_type_number;
    switch (type) {
        case metric_type::gauge:
            return number::gauge;
        case metric_type::counter:
            return number::counter;
        case metric_type::info:
            return number::info;
        case metric_type::state_set:
            return number::state_set;
        case metric_type::untyped:
            break;
    }
    return number::unknown;
}

}  // namespace

metadata_book::metadata_book(std::span<const naming_kind> namings) {
    for (const auto kind : namings) {
        // They live as long as the program, and so do their texts.
        for (const auto& one : families_of(kind)) {
            RELAY_CHECK(one.help.size() + one.unit.size() <= protocol::metadata_text_max);
            all_.push_back({one.name, number_of(one.type), one.help, one.unit});
        }
    }
    std::ranges::sort(all_, {}, &protocol::metric_metadata::metric);
    is_met_.resize(all_.size());
}

const protocol::metric_metadata* metadata_book::meet(std::string_view metric) {
    const auto found =
        std::ranges::lower_bound(all_, metric, {}, &protocol::metric_metadata::metric);
    if (found == all_.end() || found->metric != metric) return nullptr;
    const auto i = static_cast<std::size_t>(found - all_.begin());
    if (!is_met_[i]) met_.push_back(&*found);
    is_met_[i] = true;
    return &*found;
}

}  // namespace relay::sinks
