#include "sinks/naming/metric_family.hpp"

#include <algorithm>

namespace relay::sinks {

std::string_view to_string(metric_type type) noexcept {
    switch (type) {
        case metric_type::gauge:
            return "gauge";
        case metric_type::counter:
            return "counter";
        case metric_type::info:
            return "info";
        case metric_type::state_set:
            return "stateset";
        case metric_type::untyped:
            break;
    }
    return "unknown";
}

const metric_family* find_family(const metric_families& in, std::string_view name) noexcept {
    const auto found = std::ranges::lower_bound(in, name, {}, &metric_family::name);
    return found != in.end() && found->name == name ? &*found : nullptr;
}

}  // namespace relay::sinks
