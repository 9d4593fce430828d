// The families of /metrics that tell of dead letters.
#pragma once

#include "relay/journal/dead_letters.hpp"
#include "relay/ops/metrics_page.hpp"

namespace relay::ops {

void add_dead_letters(metrics::page& to, const journal::dead_letter_counters& from);

}  // namespace relay::ops
