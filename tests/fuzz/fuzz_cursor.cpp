// Any bytes as a cursor's slot: refused, or a cursor that is encoded to the same bytes again.
#include "relay/base/check.hpp"
#include "relay/journal/cursor_slot.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace relay::journal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const auto slot = decode_slot(bytes);
    if (!slot) return 0;
    RELAY_CHECK(slot->position.gaps.size() <= gaps_max);
    if (slot->sink.size() > 1024) return 0;  // none of ours: such a name is cut
    const auto again = encode_cursor(slot->sink, slot->position, slot->generation);
    RELAY_CHECK(bytes.starts_with(again));
    return 0;
}
