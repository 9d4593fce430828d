// What a remote-write receiver's answer means (docs/delivery.md, column remote write).
#pragma once

#include "sinks/sink.hpp"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace relay::sinks {

/// The status alone decides what is done; the words decide only under which reason it is counted
/// (the specification forbids to interpret them).
[[nodiscard]] std::pair<verdict_kind, std::string_view> remote_write_meaning(
    int status, std::string_view words) noexcept;

/// How a receiver of 2.0 says what it has written: the headers X-Prometheus-Remote-Write-…-Written.
struct written_counts {
    bool are_said = false;  // any of them
    std::optional<std::size_t> samples = {};
};
[[nodiscard]] written_counts written_by(const http_response& response) noexcept;

/// The same of an answer to a request of 2.0. A success that does not say what was written is a
/// receiver's of 1.0, which has read nothing of it; so may be a refusal.
/// @param may_fall_back whether 1.0 is spoken where 2.0 is not
[[nodiscard]] std::pair<verdict_kind, std::string_view> remote_write_2_meaning(
    int status, std::string_view words, const written_counts& written, bool may_fall_back) noexcept;

}  // namespace relay::sinks
