// The families of /metrics that tell of the Proxmox API.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/ops/metrics_page.hpp"
#include "relay/ops/observed.hpp"

namespace relay::ops {

void add_topology(metrics::page& to, const observed& relay, wall_time now);

}  // namespace relay::ops
