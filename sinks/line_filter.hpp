// `only`: which lines of the records that it takes a sink wants. A list that is empty asks for
// nothing.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

/// What the operator wrote. An object of "" stands for lines without the tag `object`.
struct line_filter {
    std::vector<std::string> objects;
    std::vector<std::string> measurements;

    [[nodiscard]] bool passes_all() const noexcept {
        return objects.empty() && measurements.empty();
    }
    bool operator==(const line_filter&) const = default;
};

/// The same, made ready to look at text as the journal has it: our own spelling, in which each
/// backslash has one meaning and no string holds a newline (docs/line-protocol.md). So a line is
/// judged by a few bytes of its beginning, without the parser.
class line_sieve {
public:
    explicit line_sieve(const line_filter& filter);

    /// @param line of a record, with or without its newline
    [[nodiscard]] bool passes(std::string_view line) const noexcept;

private:
    // As they stand in a line.
    std::vector<std::string> objects_;
    std::vector<std::string> measurements_;
};

}  // namespace relay::sinks
