// The page /status: where everything stands, as JSON for people and scripts. Its keys are stable;
// what is added later does not change them. A number is as fresh as its counter: a sink's
// `behind_bytes`, `behind_seconds` and `lost_records` may be some seconds old while it is busy
// (delivery_counters.hpp); compare `delivered_sequence` with the journal's `newest_sequence` to
// know whether a sink has everything.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/ops/observed.hpp"

#include <string>

namespace relay::ops {

[[nodiscard]] std::string status_json(const observed& relay, wall_time now);

/// The same in one line, for `systemctl status`.
[[nodiscard]] std::string status_line(const observed& relay, wall_time now);

}  // namespace relay::ops
