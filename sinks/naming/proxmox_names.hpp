// The names that the naming `proxmox` gives, as the schema's table has them:
// proxmox_ve_<object>_<what>_<unit>[_total], proxmox_bs_… of a Backup Server.
#pragma once

#include "relay/schema/table.hpp"
#include "sinks/naming/metric_family.hpp"

#include <array>
#include <string_view>

namespace relay::sinks {

/// The name of that field's metric, in pieces. Of text and words: of their info series.
[[nodiscard]] std::array<std::string_view, 5> proxmox_name(const schema::line_rows& lines,
                                                           const schema::field_row& row) noexcept;

/// The beginning of the names of what the table does not know.
[[nodiscard]] std::string_view proxmox_prefix(schema::object object) noexcept;

/// All of them.
[[nodiscard]] const metric_families& proxmox_families();

}  // namespace relay::sinks
