#include "relay/ingest/guest_book.hpp"

#include <algorithm>
#include <memory>
#include <set>

namespace relay::ingest {

guest_book::rules::rules(std::vector<std::pair<std::string, std::string>> constant_tags,
                         std::vector<guest_property> properties, std::vector<tenant_rule> in_order)
    : constant(std::move(constant_tags)),
      enrich(std::move(properties)),
      tenants(std::move(in_order)) {
    std::set<std::string> sorted{"cluster"};
    for (const auto& [key, value] : constant) {
        if (!key.empty()) sorted.insert(key);
    }
    for (const auto property : enrich)
        sorted.emplace(to_string(property));
    keys = std::make_shared<const std::vector<std::string>>(sorted.begin(), sorted.end());
}

guest_book::guest_book(const rules& by, std::string cluster, const topology::snapshot_board* board)
    : by_(by),
      cluster_(std::move(cluster)),
      board_(board) {}

void guest_book::refresh() {
    if (board_ == nullptr) return;
    // Before the look: what is published in between is found by the next one.
    const auto version = board_->version();
    if (version == seen_) return;
    seen_ = version;
    auto newest = board_->find(cluster_);
    if (newest == snapshot_) return;
    snapshot_ = std::move(newest);
    ++taken_;
}

const guest_entry& guest_book::find(std::uint32_t vmid) {
    auto at = entries_.find(vmid);
    if (at == entries_.end()) {
        const auto known = snapshot_ == nullptr ? 0 : snapshot_->guests.size();
        if (entries_.size() >= known + unknown_max) entries_.clear();
        at = entries_.emplace(vmid, guest_entry{}).first;
    }
    if (at->second.written_for != taken_) write(at->second, vmid);
    return at->second;
}

void guest_book::write(guest_entry& entry, std::uint32_t vmid) const {
    const auto* const guest = snapshot_ == nullptr ? nullptr : snapshot_->find_guest(vmid);
    entry.tags.keys = by_.keys;
    entry.tags.written.clear();
    entry.tags.ends.assign(1, 0);
    for (const auto& key : *by_.keys)
        append_constant_tag(entry.tags, key, text_of(key, guest));
    entry.tenant = find_tenant(by_.tenants, cluster_, vmid, guest);
    entry.written_for = taken_;
}

std::string guest_book::text_of(std::string_view key, const topology::guest* guest) const {
    if (key == "cluster") return cluster_;
    const auto property =
        std::ranges::find(by_.enrich, key, [](guest_property what) { return to_string(what); });
    if (property != by_.enrich.end()) return guest == nullptr ? "" : value_of(*property, *guest);
    const auto last =
        std::ranges::find(by_.constant.rbegin(), by_.constant.rend(), key,
                          [](const auto& tag) { return std::string_view(tag.first); });
    return last == by_.constant.rend() ? "" : last->second;
}

}  // namespace relay::ingest
