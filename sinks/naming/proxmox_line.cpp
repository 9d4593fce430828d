#include "sinks/naming/proxmox_line.hpp"

#include <algorithm>

namespace relay::sinks {

namespace {

constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

bool is_number(std::string_view text) noexcept {
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

}  // namespace

proxmox_line::proxmox_line(const protocol::point& from) noexcept : measurement(from.measurement) {
    std::string_view object_name;
    for (const auto& [key, value] : from.tags) {
        if (key == "object") object_name = value;
        if (key == "cluster") cluster = value;
        if (key == "host") host = value;
        if (key == "nodename") nodename = value;
        if (key == "vmid") vmid = value;
        if (key == "type") type = value;
        if (key == "instance") instance = value;
        if (key == "datastore") datastore = value;
    }
    object = schema::object_of(object_name);
    if (object_name.empty() && is_own()) object = schema::object::cluster;
    if (schema::is_guest(object)) type = object_name;
}

schema::found_row proxmox_line::find(std::string_view field) const noexcept {
    return schema::find(object, measurement, field, [&](std::string_view tag) {
        return tag == "datastore" && !datastore.empty();
    });
}

std::string_view proxmox_line::node() const noexcept {
    using schema::object;
    const bool is_host = this->object == object::node || this->object == object::backup_host;
    return is_host ? host : nodename;
}

std::optional<guest_card> card_of(std::string_view interface, std::string_view start) noexcept {
    if (!interface.starts_with(start)) return {};
    interface.remove_prefix(start.size());
    const auto mark = interface.find('i');
    if (mark == std::string_view::npos) return {};
    const guest_card card{interface.substr(0, mark), interface.substr(mark + 1)};
    if (!is_number(card.vmid) || !is_number(card.number)) return {};
    return card;
}

bool looks_virtual(std::string_view interface) noexcept {
    constexpr std::string_view starts[] = {"bond", "br-",   "docker", "dummy", "fwbr",
                                           "fwln", "fwpr",  "ovs",    "tap",   "tun",
                                           "veth", "virbr", "vmbr",   "vxlan", "wg"};
    const auto begins = [&](std::string_view start) { return interface.starts_with(start); };
    // A dot stands before the number of a VLAN.
    return interface == "lo" || interface.find('.') != std::string_view::npos ||
           std::ranges::any_of(starts, begins);
}

}  // namespace relay::sinks
