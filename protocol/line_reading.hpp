// One line being read: the grammar of docs/line-protocol.md, part by part. Private to line_parser.
#pragma once

#include "protocol/delimiters.hpp"
#include "protocol/line_parser.hpp"
#include "protocol/refused_line.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace relay::protocol {

/// Each read_… function goes on where the one before it stopped, and returns whether the line may
/// still become a point; if not, fault() says why, or there is none, and the text ended before the
/// line did.
class line_parser::reading {
public:
    /// @param text begins at the line and goes on behind it
    /// @param input whether the end of `text` is the end of the line, if no newline comes before
    reading(line_parser& parser, std::string_view text, input_end input) noexcept
        : parser_(parser),
          begin_(text.data()),
          end_(text.data() + text.size()),
          input_(input) {}

    /// Reads the line into the parser's point. @returns whether it is one.
    bool run();

    /// Refuses the line. @returns false, for its callers to return.
    bool fail(parse_errc code, const char* at) noexcept {
        fault_ = code;
        fault_at_ = at;
        return false;
    }

    /// The beginning of the next line. Only of a line that was read.
    [[nodiscard]] const char* next() const noexcept { return next_; }
    [[nodiscard]] std::optional<parse_errc> fault() const noexcept { return fault_; }
    [[nodiscard]] const char* fault_at() const noexcept { return fault_at_; }
    [[nodiscard]] line_section section() const noexcept { return section_; }

private:
    /// Stands for the newline, CR and newline, or the end of the input, whichever ends the line.
    static constexpr char line_end = '\n';

    /// What an equals sign without backslash is in a name.
    enum class equals_sign : std::uint8_t { data, mistake, end_of_name };

    bool read_measurement() noexcept;
    bool read_tags();
    void read_plain_tags();
    bool read_fields();
    const char* read_plain_fields(const char* from);
    bool read_field(const char* from);
    bool read_field_key(const char* from, std::string_view& key) noexcept;
    bool read_value(const char* from, field_value& value, bool& keep) noexcept;
    bool read_string(const char* quote, field_value& value) noexcept;
    bool read_time() noexcept;
    bool read_time_of(std::string_view text) noexcept;
    bool finish();

    /// Reads up to the delimiter that ends the name, or to the end of the line.
    bool read_name(const char* from, equals_sign meaning, std::string_view& name) noexcept;

    /// Takes the delimiter at `at` into stop_ and delimiter_.
    bool stop_at(const char* at) noexcept;
    bool stop_at_end() noexcept;
    bool stop_behind_string(const char* at) noexcept;
    /// Deals with the backslash at stop_, so that the walk goes on behind what it escapes.
    bool pass_backslash() noexcept;

    /// Keys are compared as they stand in the line: a name has one spelling only.
    bool has_proper_tags();
    bool has_distinct_keys_among_many();
    void unescape();

    line_parser& parser_;
    const char* begin_;
    const char* end_;
    input_end input_;

    delimiter_cursor cursor_;
    const char* stop_ = nullptr;  // where the last part ended
    char delimiter_ = line_end;   // what stands there
    const char* next_ = nullptr;
    line_section section_ = line_section::tags;
    bool has_escapes_ = false;
    bool has_backslash_ = false;        // in a name
    bool has_canonical_fields_ = true;  // of those read so far, see canonical_fields()
    std::size_t key_bytes_max_ = 0;     // of each field key

    std::optional<parse_errc> fault_;
    const char* fault_at_ = nullptr;
};

}  // namespace relay::protocol
