// A cluster's part of the page /status: what its API says, and why it does not.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/ops/observed.hpp"

#include <boost/json/fwd.hpp>

namespace relay::ops {

[[nodiscard]] boost::json::object cluster_json(const observed& relay, const observed_cluster& one,
                                               wall_time now);

}  // namespace relay::ops
