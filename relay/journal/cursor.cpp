#include "relay/journal/cursor.hpp"

#include "relay/base/check.hpp"
#include "relay/journal/crc32c.hpp"
#include "relay/journal/cursor_slot.hpp"
#include "relay/journal/little_endian.hpp"

#include <algorithm>

namespace relay::journal {
namespace {

constexpr std::string_view magic("PVEC\x01\0\0\0", 8);

// Where things are in a slot; the table of docs/journal-format.md.
constexpr std::size_t at_checksum = 8, at_bytes = 12, at_generation = 16, at_delivered = 24,
                      at_gaps = 32, at_name_bytes = 34, at_name = 36;
constexpr std::size_t gap_bytes = 16, name_bytes_max = 1024;
static_assert(at_name + name_bytes_max + gaps_max * gap_bytes <= cursor_slot_bytes);

// Beyond this a sequence could overflow in arithmetic; no journal gets there.
constexpr sequence sequence_end = sequence{1} << 62;

std::string_view stored_name(std::string_view sink) noexcept {
    return sink.substr(0, name_bytes_max);
}

// Whether the gaps are what cursor.hpp promises.
bool well_formed(const cursor& position) noexcept {
    sequence before = 0;
    for (const auto& [first, last] : position.gaps) {
        if (first <= before || last < first) return false;
        before = last;
    }
    return before <= position.delivered && position.delivered < sequence_end;
}

}  // namespace

std::string encode_cursor(std::string_view sink, const cursor& position, std::uint64_t generation) {
    RELAY_CHECK(position.gaps.size() <= gaps_max);
    RELAY_CHECK(well_formed(position));
    const auto name = stored_name(sink);
    std::string slot(magic);
    slot.append(at_generation - at_checksum, '\0');
    append_number(slot, generation);
    append_number(slot, position.delivered);
    append_number(slot, static_cast<std::uint16_t>(position.gaps.size()));
    append_number(slot, static_cast<std::uint16_t>(name.size()));
    slot += name;
    for (const auto& one : position.gaps) {
        append_number(slot, one.first);
        append_number(slot, one.last);
    }
    put_number(slot, at_bytes, static_cast<std::uint32_t>(slot.size()));
    put_number(slot, at_checksum, crc32c(std::string_view(slot).substr(at_bytes)));
    return slot;
}

expected<cursor_slot, std::string> decode_slot(std::string_view bytes) {
    if (bytes.size() < at_name || !bytes.starts_with(magic)) {
        return unexpected(std::string("it does not begin like a cursor"));
    }
    const auto slot_bytes = get_number<std::uint32_t>(bytes, at_bytes);
    if (slot_bytes < at_name || slot_bytes > bytes.size()) {
        return unexpected(std::string("it is shorter than it says"));
    }
    const auto slot = bytes.substr(0, slot_bytes);
    if (crc32c(slot.substr(at_bytes)) != get_number<std::uint32_t>(slot, at_checksum)) {
        return unexpected(std::string("its checksum is wrong"));
    }
    const std::size_t gaps = get_number<std::uint16_t>(slot, at_gaps);
    const std::size_t name_bytes = get_number<std::uint16_t>(slot, at_name_bytes);
    if (gaps > gaps_max || slot_bytes != at_name + name_bytes + gaps * gap_bytes) {
        return unexpected(std::string("its lengths contradict one another"));
    }
    cursor_slot decoded;
    decoded.sink = slot.substr(at_name, name_bytes);
    decoded.generation = get_number<std::uint64_t>(slot, at_generation);
    decoded.position.delivered = get_number<std::uint64_t>(slot, at_delivered);
    for (std::size_t i = 0; i < gaps; ++i) {
        const auto at = at_name + name_bytes + i * gap_bytes;
        decoded.position.gaps.push_back({.first = get_number<std::uint64_t>(slot, at),
                                         .last = get_number<std::uint64_t>(slot, at + 8)});
    }
    if (!well_formed(decoded.position)) {
        return unexpected(std::string("its gaps are out of order"));
    }
    return decoded;
}

expected<decoded_cursor, std::string> decode_cursor(std::string_view sink, std::string_view bytes) {
    auto slot = decode_slot(bytes);
    if (!slot) return unexpected(std::move(slot.error()));
    if (slot->sink != stored_name(sink)) return unexpected(std::string("it is another sink's"));
    return decoded_cursor{.position = std::move(slot->position), .generation = slot->generation};
}

}  // namespace relay::journal
