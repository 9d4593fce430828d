// Proxmox's property strings: "virtio=BC:24:11:2E:C5:4A,bridge=vmbr0,tag=20" is a network card,
// "local-zfs:vm-100-disk-0,size=32G" a drive. Pure.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::topology {

/// The value of `key` in "a=1,b=2".
[[nodiscard]] std::optional<std::string> property(std::string_view text, std::string_view key);

/// Its `mac` is empty where it names none; else in small letters.
[[nodiscard]] network_card read_network_card(guest_kind kind, std::string_view key,
                                             std::string_view text);

[[nodiscard]] drive read_drive(std::string_view key, std::string_view text);

/// "32G", "528K", "4.5T": bytes, units of 1024.
[[nodiscard]] std::optional<std::uint64_t> size_of(std::string_view text) noexcept;

/// "BC:24:11:2E:C5:4A" in small letters; empty where it is no MAC address.
[[nodiscard]] std::string lower_mac(std::string_view text);

}  // namespace relay::topology
