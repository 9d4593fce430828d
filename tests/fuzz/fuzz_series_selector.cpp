// Any text as a rule of `drop`: it is refused with a reason, or selects or not.

#include "relay/base/check.hpp"
#include "sinks/naming/series_selector.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace relay;
    constexpr std::size_t rule_bytes_max = 256;
    if (size > rule_bytes_max) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto selector = sinks::series_selector::parse(text);
    if (!selector) {
        RELAY_CHECK(!selector.error().empty());
        return 0;
    }
    const std::vector<protocol::label> labels{{"device", "tap100i0"}, {"node", "pve1"}};
    const bool once = selector->selects("proxmox_ve_node_network_receive_bytes_total", labels, {});
    RELAY_CHECK(once ==
                selector->selects("proxmox_ve_node_network_receive_bytes_total", labels, {}));
    return 0;
}
