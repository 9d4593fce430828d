// [presence]: what is held to be silent, gone and forgotten.
#include "relay/config/sections.hpp"

namespace relay::config {

using namespace std::chrono_literals;

void read_presence(const section& root, settings& into) {
    const auto from = root.table("presence");
    if (!from) return;
    auto& presence = into.presence;
    from->read("enabled", presence.is_enabled);
    // Less is one late cycle; more is no help to whoever waits for an alert.
    from->read("node_silent_min", presence.node_silent_min, {15s, 1h});
    from->read("forget_after", presence.forget_after, {1h, 24h * 366});
    // Prometheus looks back five minutes.
    from->read("up_interval", presence.up_interval, {1s, 4min});
    from->read("objects_max", presence.objects_max, {100, 10'000'000});
    from->read("file", into.presence_file);
}

}  // namespace relay::config
