#include "sinks/metadata_book.hpp"

#include "relay/base/check.hpp"
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter_names.hpp"

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

/// Null where a naming makes its names of what comes.
const metric_families* families_of(naming_kind kind) {
    switch (kind) {
        case naming_kind::proxmox:
            return &proxmox_families();
        case naming_kind::pve_exporter:
            return &pve_exporter_families();
        case naming_kind::measurement_field:
            break;
    }
    return nullptr;
}

}  // namespace

metadata_book::metadata_book(std::span<const naming_kind> namings) {
    for (const auto kind : namings) {
        const auto* const families = families_of(kind);
        if (families == nullptr) continue;
        // They live as long as the program, and so do their texts.
        for (const auto& one : *families) {
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
