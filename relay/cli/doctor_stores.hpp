// The stores' part of `doctor`: an empty write to each place that a sink writes to, and a look at
// a Prometheus' configuration. With `write`, a point to each place as well, and back.
#pragma once

#include "relay/cli/doctor_judge.hpp"
#include "relay/config/settings.hpp"

#include <chrono>
#include <vector>

namespace relay::cli {

enum class store_visit : std::uint8_t { look, write };

[[nodiscard]] std::vector<finding> ask_stores(const config::settings& all, store_visit how,
                                              std::chrono::milliseconds longest);

}  // namespace relay::cli
