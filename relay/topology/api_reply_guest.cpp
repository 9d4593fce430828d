// The answers about one guest: what its configuration connects it to, and where it can be reached.
#include "relay/topology/address.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/json_value.hpp"
#include "relay/topology/property_string.hpp"
#include "relay/topology/reply_list.hpp"
#include "relay/topology/words.hpp"

#include <algorithm>
#include <array>

namespace relay::topology {
namespace {

/// Proxmox's own bounds: 32 cards, 31 SCSI drives and fewer of each other kind, 256 mount points.
constexpr std::size_t cards_max = 32;
constexpr std::size_t drives_max = 384;
constexpr std::size_t addresses_max = 64;
constexpr std::size_t property_bytes_max = 4'096;

/// Whether `key` is one of the names with a number behind it: "scsi0", not "scsihw".
bool is_numbered(std::string_view key, std::string_view name) noexcept {
    if (!key.starts_with(name) || key.size() == name.size()) return false;
    return std::ranges::all_of(key.substr(name.size()),
                               [](char c) { return c >= '0' && c <= '9'; });
}

bool is_drive(guest_kind kind, std::string_view key) noexcept {
    if (kind == guest_kind::lxc) return key == "rootfs" || is_numbered(key, "mp");
    static constexpr std::array<std::string_view, 6> buses{"scsi", "virtio",  "sata",
                                                           "ide",  "efidisk", "tpmstate"};
    return std::ranges::any_of(buses, [key](auto bus) { return is_numbered(key, bus); });
}

/// "order=scsi0;net0", or before Proxmox VE 6.3 "cdn" beside bootdisk: the first drive that is none
/// of a CD.
std::string boot_drive_of(const json::object& fields, const std::vector<drive>& drives) {
    std::string found;
    const auto order = property(json::text(fields, "boot"), "order");
    for_each_word(order ? *order : json::text(fields, "bootdisk"), ";, ", [&](auto key) {
        const auto is_it = [key](const drive& one) { return one.key == key && !one.is_cdrom; };
        if (found.empty() && std::ranges::any_of(drives, is_it)) found = key;
    });
    return found;
}

void read_entry(guest_kind kind, std::string_view key, const json::element& value,
                guest_config& out) {
    if (is_numbered(key, "net")) {
        if (out.cards.size() >= cards_max) return;
        auto card = read_network_card(kind, key, json::text(value, property_bytes_max));
        if (!card.mac.empty()) out.cards.push_back(std::move(card));
    } else if (is_drive(kind, key) && out.drives.size() < drives_max) {
        out.drives.push_back(read_drive(key, json::text(value, property_bytes_max)));
    }
}

void add_address(std::vector<guest_address>& out, std::string_view card, std::string_view mac,
                 std::string_view spelt) {
    auto address = reachable_address(spelt.substr(0, spelt.find('/')));
    if (!address || out.size() >= addresses_max) return;
    guest_address one{
        .card = std::string(card), .mac = std::string(mac), .address = std::move(*address)};
    if (std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
}

void read_interface(const json::object& item, std::vector<guest_address>& out) {
    const auto card = json::text(item, "name");
    auto mac = json::text(item, "hardware-address");
    if (mac.empty()) mac = json::text(item, "hwaddr");
    mac = lower_mac(mac);
    json::array addresses;
    if (const auto list = json::member(item, "ip-addresses");
        list && list->get_array().get(addresses) == simdjson::SUCCESS) {
        for (const json::element entry : addresses) {
            json::object fields;
            if (entry.get_object().get(fields) == simdjson::SUCCESS)
                add_address(out, card, mac, json::text(fields, "ip-address"));
        }
    }
    // Containers before Proxmox VE 9: one of each family, with the prefix length behind it.
    add_address(out, card, mac, json::text(item, "inet"));
    add_address(out, card, mac, json::text(item, "inet6"));
}

/// The list of interfaces: `data` of a container, `data.result` of a virtual machine; null where
/// the agent answered that it cannot tell.
expected<json::element, std::string> interfaces_in(guest_kind kind, const json::element& data) {
    if (kind == guest_kind::lxc || data.is_null()) return data;
    json::element result;
    if (data.at_key("result").get(result) != simdjson::SUCCESS)
        return unexpected(std::string("no `result` in it"));
    return result;
}

}  // namespace

reply<guest_config> read_guest_config(guest_kind kind, std::string_view body) {
    return json::read_object<guest_config>(body, [kind](const json::object& fields) {
        guest_config out;
        for (const auto [key, value] : fields)
            read_entry(kind, key, value, out);
        std::ranges::sort(out.cards, {}, &network_card::key);
        std::ranges::sort(out.drives, {}, &drive::key);
        out.starts_at_boot = json::flag(fields, "onboot").value_or(false);
        out.os_type = json::text(fields, "ostype");
        const auto agent = json::text(fields, "agent");
        out.has_agent =
            property(agent, "enabled").value_or(agent.substr(0, agent.find(','))) == "1";
        out.boot_drive =
            kind == guest_kind::lxc ? std::string("rootfs") : boot_drive_of(fields, out.drives);
        return out;
    });
}

reply<std::vector<guest_address>> read_guest_addresses(guest_kind kind, std::string_view body) {
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, body);
    if (!data) return unexpected(data.error());
    const auto list = interfaces_in(kind, *data);
    if (!list) return unexpected(list.error());
    std::vector<guest_address> out;
    if (list->is_object()) return out;  // {"error":{"class":"Unsupported", …}}
    const auto lost = json::for_each_item(*list, [&](const json::object& item) {
        read_interface(item, out);
        return true;
    });
    if (!lost) return unexpected(lost.error());
    return out;
}

}  // namespace relay::topology
