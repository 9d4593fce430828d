// Walks the lines of a record's text, point by point, and knows where each line stands. With the
// parser, because a string may hold a newline: only the grammar knows where a line ends.
#pragma once

#include "protocol/line_parser.hpp"

#include <cstddef>
#include <string_view>

namespace relay::sinks {

/// Owns a parser and its buffers; used for one text after the other. Not thread-safe.
class record_lines {
public:
    record_lines();

    /// Begins at `offset`, which is 0 or an end() of an earlier walk through the same text.
    /// `text` must outlive the walk.
    void open(std::string_view text, std::size_t offset = 0) noexcept;

    /// Goes to the next line that holds a point, or that is none although one was expected.
    /// @returns false at the end of the text.
    [[nodiscard]] bool next();

    /// What was not walked yet, for someone who reads a line of it another way …
    [[nodiscard]] std::string_view rest() const noexcept { return rest_; }
    /// … and goes behind it.
    void pass(std::size_t bytes) noexcept {
        begin_ = end();
        rest_.remove_prefix(bytes);
        is_point_ = false;
    }

    /// The line's point, or null where the parser refused the line. Holds until next().
    [[nodiscard]] protocol::point* point() noexcept;

    /// The text of the point's measurement and tags. Holds as long as the text.
    [[nodiscard]] std::string_view series_key() const noexcept { return parser_.series_key(); }

    /// The line is [begin(), end()) of the text; blank lines and comments before it are part of it.
    [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
    [[nodiscard]] std::size_t end() const noexcept { return size_ - rest_.size(); }

private:
    protocol::line_parser parser_;
    std::string_view rest_;
    std::size_t size_ = 0;
    std::size_t begin_ = 0;
    bool is_point_ = false;
};

}  // namespace relay::sinks
