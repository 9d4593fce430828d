// A line of Proxmox's, or of the relay's own that speaks of Proxmox, read by what its tags mean:
// `host` is a node's name, a guest's or a storage's, as `object` has it.
#pragma once

#include "protocol/point.hpp"
#include "relay/schema/table.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace relay::sinks {

/// Views into the point. Empty is what the line does not say.
struct proxmox_line {
    explicit proxmox_line(const protocol::point& from) noexcept;

    /// Whether the line is one that can be named by the table.
    [[nodiscard]] bool is_known() const noexcept { return object != schema::object::foreign; }
    /// Whether the relay said it.
    [[nodiscard]] bool is_own() const noexcept {
        return measurement.starts_with(schema::own_measurement_start);
    }
    /// What the table knows of the field.
    [[nodiscard]] schema::found_row find(std::string_view field) const noexcept;
    /// The node that the line comes from, or speaks of.
    [[nodiscard]] std::string_view node() const noexcept;

    schema::object object = schema::object::foreign;
    std::string_view measurement;
    std::string_view cluster, host, nodename, vmid, type, instance, datastore;
};

/// An interface of a node that belongs to a guest.
struct guest_card {
    std::string_view vmid;
    std::string_view number;  // 0 of net0
};

/// `tap100i0` of a virtual machine, `veth200i1` of a container.
[[nodiscard]] std::optional<guest_card> card_of(std::string_view interface,
                                                std::string_view start) noexcept;

/// Whether an interface of that name is made by software, as far as its name tells: Proxmox VE
/// before 9 says nothing else of it.
[[nodiscard]] bool looks_virtual(std::string_view interface) noexcept;

}  // namespace relay::sinks
