// What Proxmox means by a name: which objects it pushes, which of their fields are text whatever
// their spelling. Old Proxmox VE wrote text bare where it looked like a number (name=66601,
// tags=2024), and the type of the field then flipped from push to push.
// Pure and constexpr: asked once per line, never per field.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace relay::schema {

/// The value of the tag `object`: PVE sends nodes, qemu, lxc and storages, PBS sends host.
enum class object : std::uint8_t { foreign, node, qemu, lxc, storage, backup_host };

[[nodiscard]] constexpr object object_of(std::string_view tag_value) noexcept {
    if (tag_value == "qemu") return object::qemu;
    if (tag_value == "nodes") return object::node;
    if (tag_value == "lxc") return object::lxc;
    if (tag_value == "storages") return object::storage;
    if (tag_value == "host") return object::backup_host;
    return object::foreign;
}

/// Whether it is a virtual machine or a container.
[[nodiscard]] constexpr bool is_guest(object what) noexcept {
    return what == object::qemu || what == object::lxc;
}

namespace detail {

// InfluxDB.pm of pve-manager 6.3 to 9.2 with QemuServer::vmstatus and LXC::vmstatus;
// `serial` is 1 there and stays a number.
inline constexpr std::array<std::string_view, 8> guest_strings{
    "lock", "name", "qmpstatus", "running-machine", "running-qemu", "status", "tags", "type"};
inline constexpr std::array<std::string_view, 2> storage_strings{"content", "type"};
inline constexpr std::array<std::string_view, 1> nic_strings{"type"};
inline constexpr std::array<std::string_view, 2> backup_nic_strings{"device", "ty"};
inline constexpr std::array<std::string_view, 1> support_strings{"pbs-library-version"};

}  // namespace detail

/// The fields of that measurement of that object which are text; empty where all are numbers.
[[nodiscard]] constexpr std::span<const std::string_view> string_fields(
    object what, std::string_view measurement) noexcept {
    if (measurement == "system") {
        if (is_guest(what)) return detail::guest_strings;
        if (what == object::storage) return detail::storage_strings;
    } else if (measurement == "nics") {
        if (what == object::node) return detail::nic_strings;
        if (what == object::backup_host) return detail::backup_nic_strings;
    } else if (measurement == "proxmox-support" && what == object::qemu) {
        return detail::support_strings;
    }
    return {};
}

/// Whether `name` is one of `names`, which is at most a handful.
[[nodiscard]] constexpr bool contains(std::span<const std::string_view> names,
                                      std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether Proxmox has a tag of that key. Another one on a line of Proxmox's is a name that was
/// not escaped (host=a,b=c) or somebody else's addition.
[[nodiscard]] constexpr bool is_tag(std::string_view key) noexcept {
    switch (key.size()) {
        case 4:
            return key == "host" || key == "vmid" || key == "type";
        case 6:
            return key == "object";
        case 8:
            return key == "instance" || key == "nodename";
        case 9:
            return key == "datastore";
        default:
            return false;
    }
}

}  // namespace relay::schema
