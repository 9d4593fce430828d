// What a guest's lines get for what the Proxmox API says of it: tags ([enrich]) and a tenant
// ([[tenant]]). Values of the configuration, and pure functions of them.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

/// What a tag can say. Its key is to_string() of it, the API's own word.
enum class guest_property : std::uint8_t { pool, tags, is_template, ha_state, os_type, onboot };
inline constexpr guest_property guest_properties[] = {
    guest_property::pool,     guest_property::tags,    guest_property::is_template,
    guest_property::ha_state, guest_property::os_type, guest_property::onboot};

[[nodiscard]] std::string_view to_string(guest_property what) noexcept;

/// Empty where it is not known, or there is none.
[[nodiscard]] std::string value_of(guest_property what, const topology::guest& guest);

/// Whether Proxmox pushes a field of that name with a guest: as a tag it takes the field's place,
/// because InfluxDB 3 refuses a name that is both.
[[nodiscard]] bool is_field_too(guest_property what) noexcept;

/// Both are included.
struct vmid_range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
    bool operator==(const vmid_range&) const = default;
};

/// A vmid as Proxmox writes it: at most nine digits.
[[nodiscard]] std::optional<std::uint32_t> parse_vmid(std::string_view text) noexcept;
/// "100" or "100-199".
[[nodiscard]] std::optional<vmid_range> parse_vmid_range(std::string_view text) noexcept;

/// One [[tenant]]. Its guests are those of one of the pools (or of a pool within it: "a/b" is
/// within "a"), with one of the tags, or with such a number.
struct tenant_rule {
    std::string name;
    std::vector<std::string> clusters;  // only of these; empty: of all
    std::vector<std::string> pools;
    std::vector<std::string> tags;
    std::vector<vmid_range> vmids;
    bool operator==(const tenant_rule&) const = default;
};

/// The first that matches; null where none does.
/// @param guest null where nothing is known of it: then its number alone can tell
[[nodiscard]] const tenant_rule* find_tenant(std::span<const tenant_rule> rules,
                                             std::string_view cluster, std::uint32_t vmid,
                                             const topology::guest* guest) noexcept;

}  // namespace relay::ingest
