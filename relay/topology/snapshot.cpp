#include "relay/topology/snapshot.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace relay::topology {

std::string_view to_string(guest_kind kind) noexcept {
    return kind == guest_kind::qemu ? "qemu" : "lxc";
}

const guest* snapshot::find_guest(std::uint32_t vmid) const noexcept {
    const auto number = [](const guest& one) { return one.id.vmid; };
    const auto at = std::ranges::lower_bound(guests, vmid, {}, number);
    return at != guests.end() && at->id.vmid == vmid ? &*at : nullptr;
}

const node* snapshot::find_node(std::string_view which) const noexcept {
    const auto at = std::ranges::lower_bound(nodes, which, {}, &node::name);
    return at != nodes.end() && at->name == which ? &*at : nullptr;
}

void snapshot_board::publish(snapshot_ptr next) {
    latest_.with([&](auto& latest) {
        auto& place = latest[next->cluster];
        std::swap(place, next);  // the old one ends unlocked
    });
    version_.fetch_add(1, std::memory_order_release);
}

void snapshot_board::keep_only(const std::vector<std::string>& clusters) {
    std::vector<snapshot_ptr> gone;  // they end unlocked
    latest_.with([&](auto& latest) {
        for (auto at = latest.begin(); at != latest.end();) {
            const bool stays = std::ranges::find(clusters, at->first) != clusters.end();
            if (!stays) gone.push_back(std::move(at->second));
            at = stays ? std::next(at) : latest.erase(at);
        }
    });
    version_.fetch_add(1, std::memory_order_release);
}

snapshot_ptr snapshot_board::find(std::string_view cluster) const {
    return latest_.with([&](const auto& latest) {
        const auto at = latest.find(cluster);
        return at == latest.end() ? nullptr : at->second;
    });
}

}  // namespace relay::topology
