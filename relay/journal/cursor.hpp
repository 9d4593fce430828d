// How far a sink has come: everything up to `delivered`, but for the gaps. On disk a cursor is a
// small checksummed file per sink (docs/journal-format.md).
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace relay::journal {

/// Records first … last (both included) that are still owed although later ones were delivered.
struct gap {
    sequence first = 0;
    sequence last = 0;
    bool operator==(const gap&) const = default;
};

struct cursor {
    sequence delivered = 0;
    std::vector<gap> gaps;  // ascending, disjoint, all at or below `delivered`; at most gaps_max

    bool operator==(const cursor&) const = default;
};

/// A bound on what a cursor file holds; beyond it the closest gaps become one (gaps.hpp).
inline constexpr std::size_t gaps_max = 64;

/// A cursor as the bytes of its file, with the sink's name and a checksum; and back.
[[nodiscard]] std::string encode_cursor(std::string_view sink, const cursor& position,
                                        std::uint64_t generation);

struct decoded_cursor {
    cursor position;
    std::uint64_t generation = 0;
};
/// @returns the cursor, or why the bytes are none of `sink`'s.
[[nodiscard]] expected<decoded_cursor, std::string> decode_cursor(std::string_view sink,
                                                                  std::string_view bytes);

}  // namespace relay::journal
