// Who is there and who is not, on /metrics and /status.
#pragma once

#include "relay/ingest/presence.hpp"
#include "relay/ops/metrics_page.hpp"

#include <boost/json/fwd.hpp>

namespace relay::ops {

void add_presence(metrics::page& to, const ingest::presence& from);

[[nodiscard]] boost::json::object presence_json(const ingest::presence& from);

}  // namespace relay::ops
