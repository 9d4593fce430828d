// Reads a line that is expected, without the parser: its series key and its pattern are compared,
// its numbers converted. Reads nothing else; then the parser must.
#pragma once

#include "sinks/named_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

/// Owns the numbers that it read last. Not thread-safe.
class known_line_reader {
public:
    /// @param text begins at the line and goes on behind it
    /// @returns the line's bytes, its newline included; 0 where it is not as expected or not plain
    [[nodiscard]] std::size_t read(std::string_view text, const known_line& expected);

    /// What was read: the values by field (of strings and words: anything), and the time.
    [[nodiscard]] std::span<const double> values() const noexcept { return values_; }
    [[nodiscard]] std::int64_t time_ns() const noexcept { return time_ns_; }

private:
    [[nodiscard]] const char* read_time(const char* at, const char* end) noexcept;

    std::vector<double> values_;
    std::string time_text_;  // of the last line, with its newline: most lines have the same
    std::int64_t time_ns_ = 0;
};

}  // namespace relay::sinks
