#include "relay/delivery/delivery_counters.hpp"

namespace relay::delivery {

std::string_view to_string(delivery_state state) noexcept {
    switch (state) {
        case delivery_state::idle:
            return "idle";
        case delivery_state::reading:
            return "reading";
        case delivery_state::sending:
            return "sending";
        case delivery_state::proving:
            return "proving";
        case delivery_state::probing:
            return "probing";
        case delivery_state::pacing:
            return "pacing";
        case delivery_state::backing_off:
            return "backing_off";
        case delivery_state::configuration:
            return "configuration";
        case delivery_state::stopped:
            return "stopped";
    }
    return "unknown";
}

std::string_view to_string(sinks::verdict_kind kind) noexcept {
    switch (kind) {
        case sinks::verdict_kind::delivered:
            return "delivered";
        case sinks::verdict_kind::rest_stored:
            return "rest_stored";
        case sinks::verdict_kind::refused:
            return "refused";
        case sinks::verdict_kind::too_large:
            return "too_large";
        case sinks::verdict_kind::configuration:
            return "configuration";
        case sinks::verdict_kind::later:
            return "later";
        case sinks::verdict_kind::fault:
            return "fault";
        case sinks::verdict_kind::unsupported:
            return "unsupported";
    }
    return "unknown";
}

}  // namespace relay::delivery
