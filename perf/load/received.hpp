// What a body of a metrics receiver holds, counted without keeping any of it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace relay::load {

struct counted {
    std::uint64_t lines = 0;    // line protocol: lines; remote write: series
    std::uint64_t samples = 0;  // line protocol: fields; remote write: samples
    std::uint64_t marked = 0;   // lines or series whose name begins with `mark`
};

/// What is named so is awaited: when it arrives is looked at.
inline constexpr std::string_view mark = "marked_";

/// Fields and lines of line protocol. It is ours, so it is not checked again.
[[nodiscard]] counted count_lines(std::string_view text);

/// Series and samples of a remote write 1.0 body (snappy block, prometheus.WriteRequest).
/// `scratch` is reused. None where it is not one.
[[nodiscard]] std::optional<counted> count_remote_write(std::string_view body,
                                                        std::string& scratch);

/// The text of all gzip members of `body`, into `out`.
/// @returns whether it was gzip to its end
[[nodiscard]] bool inflate_members(std::string_view body, std::string& out);

}  // namespace relay::load
