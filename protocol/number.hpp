// The spellings of numbers and booleans: which are accepted, what they are worth, and how they are
// written so that every store reads them alike. Grammar: docs/line-protocol.md.
#pragma once

#include "protocol/field_value.hpp"
#include "protocol/line_parser.hpp"
#include "protocol/parse_error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace relay::protocol {

/// The field value that stands without quotes as `token` in a line.
/// @param[out] value its kind and text; untouched on failure.
/// @returns why it is none, or nothing.
[[nodiscard]] std::optional<parse_errc> read_bare_value(std::string_view token, dialect which,
                                                        field_value& value) noexcept;

/// What is wrong with `text` as a float, if anything. Nothing is converted where its length alone
/// says that it fits a double.
[[nodiscard]] std::optional<parse_errc> number_fault(std::string_view text) noexcept;

/// What is wrong with `digits` as an int64, if anything: -?[0-9]+, any number of leading zeros.
[[nodiscard]] std::optional<parse_errc> integer_fault(std::string_view digits) noexcept;

/// What is wrong with `digits` as a uint64, if anything: [0-9]+.
[[nodiscard]] std::optional<parse_errc> unsigned_fault(std::string_view digits) noexcept;

[[nodiscard]] bool is_boolean(std::string_view text) noexcept;

/// Appends the number with its value unchanged, in a spelling that InfluxDB 3 takes as well:
/// +5 -> 5, .5 -> 0.5, 5. -> 5.0, 1.e3 -> 1.0e3.
void append_number(std::string& out, std::string_view text);

/// Whether append_number() would append `text` as it is.
[[nodiscard]] bool is_canonical_number(std::string_view text) noexcept;

/// Appends an integer without plus and leading zeros, which Telegraf refuses; no suffix.
void append_integer(std::string& out, std::string_view digits);

/// Whether append_integer() would append `digits` as they are.
[[nodiscard]] bool is_canonical_integer(std::string_view digits) noexcept;

}  // namespace relay::protocol
