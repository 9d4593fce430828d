// The page /metrics: every counter in Prometheus' text format 0.0.4.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/ops/observed.hpp"

#include <string>

namespace relay::ops {

[[nodiscard]] std::string metrics_text(const observed& relay, wall_time now);

}  // namespace relay::ops
