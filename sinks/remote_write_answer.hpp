// What a remote-write receiver's answer means (docs/delivery.md, column remote write).
#pragma once

#include "sinks/sink.hpp"

#include <string_view>
#include <utility>

namespace relay::sinks {

/// The status alone decides what is done; the words decide only under which reason it is counted
/// (the specification forbids to interpret them).
[[nodiscard]] std::pair<verdict_kind, std::string_view> remote_write_meaning(
    int status, std::string_view words) noexcept;

}  // namespace relay::sinks
