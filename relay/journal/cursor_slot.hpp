// One of the two slots of a cursor file, whosever it is: recovery reads them all to begin above
// every sequence that a sink has ever confirmed.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/cursor.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::journal {

inline constexpr std::size_t cursor_slot_bytes = 4096;

struct cursor_slot {
    std::string sink;  // its first 1024 bytes
    cursor position;
    std::uint64_t generation = 0;
};

/// @returns the slot, or a clause that says what is wrong with it ("its checksum is wrong").
[[nodiscard]] expected<cursor_slot, std::string> decode_slot(std::string_view bytes);

}  // namespace relay::journal
