// From a valid header to the whole record: read, checked, inflated where the text is wanted.
#pragma once

#include "relay/journal/journal.hpp"
#include "relay/journal/segment_reader.hpp"

#include <cstdint>

namespace relay::journal {

/// Reads the record that `from.peek(end)` found and steps over it.
/// @returns null where it is damaged, or holds no gzip of the length that its header says.
[[nodiscard]] record_ptr load_record(segment_reader& from, const parsed_header& parsed,
                                     std::uint64_t end, contents what);

}  // namespace relay::journal
