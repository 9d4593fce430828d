// [sd]: Prometheus' service discovery on the admin listener.
#include "relay/base/cidr.hpp"
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace relay::config {
namespace {

using ops::sd_label;

constexpr std::array<std::pair<std::string_view, sd_label>, 9> labels{{
    {"vm_id", sd_label::vm_id},
    {"vm_name", sd_label::vm_name},
    {"node", sd_label::node},
    {"vcpus", sd_label::vcpus},
    {"memory_gb", sd_label::memory_gb},
    {"disk_type", sd_label::disk_type},
    {"tags", sd_label::tags},
    {"pool", sd_label::pool},
    {"cluster", sd_label::cluster},
}};

void read_labels(const section& from, std::vector<sd_label>& into) {
    std::vector<std::string> names;
    from.read("labels", names);
    for (const auto& name : names) {
        const auto* const known =
            std::ranges::find(labels, name, [](const auto& label) { return label.first; });
        if (known == labels.end()) {
            from.error("labels",
                       fmt::format("there is no label \"{}\": vm_id, vm_name, node, vcpus, "
                                   "memory_gb, disk_type, tags, pool, cluster",
                                   printable(name)));
        } else {
            into.push_back(known->second);
        }
    }
}

}  // namespace

void read_sd(const section& root, settings& into) {
    const auto from = root.table("sd");
    if (!from) return;
    from->read("networks", into.sd.networks);
    for (const auto& text : into.sd.networks) {
        if (const auto network = ip_network::parse(text); !network) {
            from->error("networks", network.error());
        }
    }
    std::size_t port = into.sd.port;
    from->read("port", port, {1, 65'535});
    into.sd.port = static_cast<std::uint16_t>(port);
    read_labels(*from, into.sd.labels);
    const auto knows_addresses = [](const auto& api) { return api.guest_addresses; };
    if (!into.sd.networks.empty() && std::ranges::none_of(into.apis, knows_addresses)) {
        from->warning("networks",
                      "no [cluster.api] has guest_addresses = true: /sd would know no guest's "
                      "address");
    }
}

}  // namespace relay::config
