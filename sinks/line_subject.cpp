#include "sinks/line_subject.hpp"

#include "sinks/naming/proxmox_line.hpp"
#include "sinks/series_fingerprint.hpp"

#include <optional>

namespace relay::sinks {

using schema::object;

namespace {

std::uint64_t mixed(std::uint64_t seed, std::string_view text) noexcept {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

std::uint64_t hash_or_none(std::string_view text) noexcept {
    return text.empty() ? 0 : fingerprint(text);
}

/// The guest that an interface of a node belongs to: it comes and goes with it.
std::optional<guest_card> card_on_node(const proxmox_line& line) noexcept {
    if (line.object != object::node || line.measurement != "nics") return {};
    for (const auto start : {"tap", "veth", "fwbr", "fwln", "fwpr"}) {
        if (auto card = card_of(line.instance, start)) return card;
    }
    return {};
}

/// A guest is one of its number, whatever else its tags say of it; but what a node pushes is that
/// node's word, and two of them may have theirs for a while.
std::uint64_t role_of(const proxmox_line& line, const journal::lane& lane) noexcept {
    if (!schema::is_guest(line.object) || line.vmid.empty()) return 0;
    auto hash = guest_hash(cluster_hash(lane.cluster), line.vmid);
    for (const std::string_view part :
         {std::string_view(lane.bucket), std::string_view(lane.tenant), line.measurement,
          line.instance})
        hash = mixed(hash, part);
    return line.is_own() ? hash : mixed(hash, line.nodename);
}

}  // namespace

std::uint64_t cluster_hash(std::string_view cluster) noexcept {
    return fingerprint(cluster);
}

std::uint64_t guest_hash(std::uint64_t cluster, std::string_view vmid) noexcept {
    return mixed(cluster + 1, vmid);
}

std::uint64_t storage_hash(std::uint64_t cluster, std::string_view name) noexcept {
    return mixed(cluster + 2, name);
}

line_subject subject_of(const protocol::point& point, const journal::lane& lane) {
    const proxmox_line line(point);
    line_subject out;
    out.object = line.object;
    if (!schema::is_pushed(line.object)) return out;
    out.cluster = cluster_hash(lane.cluster);
    out.node = hash_or_none(line.node());
    if (const auto card = card_on_node(line)) {
        out.thing = guest_hash(out.cluster, card->vmid);
    } else if (schema::is_guest(line.object)) {
        out.thing = guest_hash(out.cluster, line.vmid);
        out.host = hash_or_none(line.host);
        out.role = role_of(line, lane);
    } else if (line.object == object::storage) {
        out.thing = storage_hash(out.cluster, line.host);
    } else {
        out.thing = mixed(out.cluster + 3, line.host);
    }
    return out;
}

}  // namespace relay::sinks
