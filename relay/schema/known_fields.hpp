// Which fields of Proxmox's lines are text whatever their spelling. Old Proxmox VE wrote text bare
// where it looked like a number (name=66601, tags=2024), and the type of the field then flipped
// from push to push. The names follow from the table.
// Pure and constexpr: asked once per line, never per field.
#pragma once

#include "relay/schema/table.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

namespace relay::schema {

namespace detail {

template <const auto& Rows>
constexpr auto names_of_strings() noexcept {
    constexpr auto count = std::count_if(std::begin(Rows), std::end(Rows), is_string);
    std::array<std::string_view, static_cast<std::size_t>(count)> names;
    auto* to = names.data();
    for (const auto& row : Rows) {
        if (is_string(row)) *to++ = row.field;
    }
    return names;
}

template <const auto& Rows>
inline constexpr auto strings_of = names_of_strings<Rows>();

}  // namespace detail

/// The fields of that measurement of that object which are text; empty where all are numbers. A
/// chain of comparisons that most lines leave at once; a test holds it against the table.
[[nodiscard]] constexpr std::span<const std::string_view> string_fields(
    object what, std::string_view measurement) noexcept {
    if (measurement == "system") {
        if (is_guest(what)) return detail::strings_of<guest_system_rows>;
        if (what == object::storage) return detail::strings_of<storage_system_rows>;
    } else if (measurement == "nics") {
        if (what == object::node) return detail::strings_of<node_nics_rows>;
        if (what == object::backup_host) return detail::strings_of<backup_nics_rows>;
    } else if (measurement == "proxmox-support" && what == object::qemu) {
        return detail::strings_of<qemu_support_rows>;
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
