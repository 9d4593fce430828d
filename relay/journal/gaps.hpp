// Arithmetic on a cursor's gaps: what a sink still owes below what it has delivered. Pure.
#pragma once

#include "relay/journal/cursor.hpp"
#include "relay/journal/record.hpp"

#include <cstdint>

namespace relay::journal {

/// Owes `range` (again), as far as it lies at or below `delivered`. Where the cursor then had more
/// than gaps_max gaps, the two that lie closest become one: what is between them is sent a second
/// time, and nothing is lost.
void add_gap(cursor& to, gap range);

/// Owes nothing of `range` any more. May cut a gap in two; the bound holds as in add_gap().
void remove_gap(cursor& from, gap range);

/// Up to here everything is delivered.
[[nodiscard]] sequence complete_through(const cursor& position) noexcept;

/// How many of the records first … last a sink at this position does not have.
[[nodiscard]] std::uint64_t missing(const cursor& position, sequence first, sequence last) noexcept;

/// The first record at or behind `from` that a sink at this position does not have.
[[nodiscard]] sequence first_missing(const cursor& position, sequence from) noexcept;

/// How many records the gaps hold.
[[nodiscard]] std::uint64_t owed(const cursor& position) noexcept;

}  // namespace relay::journal
