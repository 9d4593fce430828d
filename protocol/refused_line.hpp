// Where a line ends that could not be read.
#pragma once

#include "protocol/line_parser.hpp"

#include <cstdint>

namespace relay::protocol {

/// Which part of a line a place is in: strings begin among the fields only.
enum class line_section : std::uint8_t { tags, fields };

/// The first newline of [at, end) that cannot belong to a string of the line, or end if there is
/// none. A string begins at =" and is none if it does not close before the end of the input; where
/// more input may follow that is undecided, and end is returned.
/// @param section what [at, end) begins in
[[nodiscard]] const char* find_refused_end(const char* at, const char* end, line_section section,
                                           input_end input) noexcept;

}  // namespace relay::protocol
