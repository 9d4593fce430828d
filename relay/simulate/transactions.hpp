// What pvestatd pushes in one cycle of one node: up to four transactions, in its order, each with
// its own timestamp, in the exact words of PVE 9's InfluxDB plugin (PVE/Status/InfluxDB.pm of
// pve-manager 9.2): every number without suffix, fields sorted by bytes, nested measurements before
// `system`, whole seconds written as nanoseconds. Pure: the same world and second give the same
// bytes.
#pragma once

#include "relay/simulate/world.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::simulate {

enum class transaction_kind : std::uint8_t { node, qemu, lxc, storage };
[[nodiscard]] std::string_view to_string(transaction_kind kind) noexcept;

struct transaction {
    transaction_kind kind = transaction_kind::node;
    std::string text = {};  // whole lines
    std::uint64_t lines = 0;
    std::uint64_t numbers = 0;  // fields that are numbers: one sample each in a time series store
    std::uint64_t strings = 0;
};

/// The transactions of a cycle that begins at `seconds` (since 1970-01-01 UTC). Empty ones are left
/// out, as PVE leaves them out. The later ones of a cycle may carry the next second; the distance
/// is constant for a node, so that two cycles never carry the same one.
[[nodiscard]] std::vector<transaction> transactions_of(const node& from, std::int64_t seconds);

// Each appends its lines, stamped with `seconds`, to a transaction of its kind.
void append_node(transaction& out, const node& it, std::int64_t seconds);
void append_qemu(transaction& out, const node& host, const guest& it, std::int64_t seconds);
void append_lxc(transaction& out, const node& host, const guest& it, std::int64_t seconds);
void append_storage(transaction& out, const node& host, const storage& it, std::int64_t seconds);

/// The fields of a virtual machine's `blockstat` lines, in their order there.
[[nodiscard]] std::vector<std::string_view> blockstat_field_names();

/// PVE's `mtu` less 50 for headers: a datagram goes out before it would reach this size.
inline constexpr std::size_t datagram_bytes_below = 1450;

/// The datagrams that PVE makes of a transaction's text: whole lines, together below the bound; a
/// line that alone is longer goes alone. The views are into `text`.
[[nodiscard]] std::vector<std::string_view> datagrams_of(
    std::string_view text, std::size_t bytes_below = datagram_bytes_below);

}  // namespace relay::simulate
