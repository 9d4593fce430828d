// What a line speaks of: the value of its tag `object`.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay::schema {

/// PVE sends nodes, qemu, lxc and storages, PBS sends host; the rest are lines of the relay's own.
enum class object : std::uint8_t {
    foreign,
    node,
    qemu,
    lxc,
    storage,
    backup_host,
    cluster,
    pool,
    ha_service,
};

[[nodiscard]] constexpr object object_of(std::string_view tag_value) noexcept {
    if (tag_value == "qemu") return object::qemu;
    if (tag_value == "nodes") return object::node;
    if (tag_value == "lxc") return object::lxc;
    if (tag_value == "storages") return object::storage;
    if (tag_value == "host") return object::backup_host;
    if (tag_value == "cluster") return object::cluster;
    if (tag_value == "pools") return object::pool;
    if (tag_value == "ha") return object::ha_service;
    return object::foreign;
}

/// Whether it is a virtual machine or a container.
[[nodiscard]] constexpr bool is_guest(object what) noexcept {
    return what == object::qemu || what == object::lxc;
}

/// Whether Proxmox itself pushes lines of it; of the others only the relay speaks.
[[nodiscard]] constexpr bool is_pushed(object what) noexcept {
    return what >= object::node && what <= object::backup_host;
}

/// Some of them, for a table.
struct objects {
    std::uint16_t bits = 0;

    // One of them is some of them: so the table can be read.
    // NOLINTNEXTLINE(google-explicit-constructor)
    constexpr objects(object one) noexcept : bits(bit(one)) {}
    [[nodiscard]] constexpr objects operator|(objects other) const noexcept {
        other.bits |= bits;
        return other;
    }
    [[nodiscard]] constexpr bool contains(object one) const noexcept {
        return (bits & bit(one)) != 0;
    }

private:
    [[nodiscard]] static constexpr std::uint16_t bit(object one) noexcept {
        return static_cast<std::uint16_t>(1U << static_cast<unsigned>(one));
    }
};

inline constexpr objects guests = objects(object::qemu) | object::lxc;

}  // namespace relay::schema
