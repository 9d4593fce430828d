// The namings of a sink, made so that no two of them name the same thing alike.
#pragma once

#include "sinks/naming/metric_family.hpp"
#include "sinks/naming/naming.hpp"
#include "sinks/naming/proxmox.hpp"
#include "sinks/naming/series_labels.hpp"
#include "sinks/naming/series_rules.hpp"

#include <memory>
#include <span>

namespace relay::sinks {

/// @param all the namings of the sink, `kind` among them
[[nodiscard]] std::unique_ptr<naming> make_naming(naming_kind kind,
                                                  std::span<const naming_kind> all,
                                                  const external_labels& constant,
                                                  const proxmox_naming_options& proxmox,
                                                  const series_rules& rules);

/// What the naming says of its metrics: nothing where it makes their names of what comes. Lives as
/// long as the program.
[[nodiscard]] const metric_families& families_of(naming_kind kind);

}  // namespace relay::sinks
