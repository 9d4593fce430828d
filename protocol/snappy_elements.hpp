// The two elements of Snappy's block format (google/snappy, format_description.txt), for someone
// who knows what repeats and need not search for it: literals, and copies of what stands earlier
// in the uncompressed bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace relay::protocol::snappy_format {

/// How far back put_copy() reaches. The format knows copies from further away, but no encoder in
/// use makes them, so that a decoder may never have been tried on one.
inline constexpr std::uint64_t reach = 65'535;

/// Bytes that an element takes at most beside what it stands for.
inline constexpr std::size_t literal_overhead = 5;
[[nodiscard]] constexpr std::size_t copy_bytes_max(std::size_t size) noexcept {
    return 3 * (size / 64 + 1);
}

/// @pre 0 < text.size() < 2^32
/// @returns behind what was written
[[nodiscard]] inline char* put_literal(char* to, std::string_view text) noexcept {
    const auto n = static_cast<std::uint32_t>(text.size() - 1);
    if (n < 60) {
        *to++ = static_cast<char>(n << 2);
    } else {
        const int bytes = n < 1u << 8 ? 1 : n < 1u << 16 ? 2 : n < 1u << 24 ? 3 : 4;
        *to++ = static_cast<char>((59 + bytes) << 2);
        std::memcpy(to, &n, sizeof n);  // little endian; what is too much is written over
        to += bytes;
    }
    std::memcpy(to, text.data(), text.size());
    return to + text.size();
}

/// The same of a few bytes, which stand in a word: the first in the lowest.
/// @pre 0 < size <= 8, and eight bytes are writable behind the first
[[nodiscard]] inline char* put_literal(char* to, std::uint64_t bytes, std::size_t size) noexcept {
    *to = static_cast<char>((size - 1) << 2);
    std::memcpy(to + 1, &bytes, sizeof bytes);
    return to + 1 + size;
}

/// The same of eight bytes.
[[nodiscard]] inline char* put_literal(char* to, std::uint64_t bytes) noexcept {
    *to = static_cast<char>((sizeof bytes - 1) << 2);
    std::memcpy(to + 1, &bytes, sizeof bytes);
    return to + 1 + sizeof bytes;
}

/// Repeats `size` bytes that begin `distance` before the end of what is uncompressed so far.
/// @pre 0 < distance <= reach
[[nodiscard]] inline char* put_copy(char* to, std::uint64_t distance, std::size_t size) noexcept {
    const auto with_two_bytes = [&](std::size_t length) {
        to[0] = static_cast<char>((length - 1) << 2 | 2);
        to[1] = static_cast<char>(distance);
        to[2] = static_cast<char>(distance >> 8);
        to += 3;
    };
    for (; size > 64; size -= 64)
        with_two_bytes(64);
    if (size >= 4 && size < 12 && distance < 2048) {
        to[0] = static_cast<char>((distance >> 8) << 5 | (size - 4) << 2 | 1);
        to[1] = static_cast<char>(distance);
        return to + 2;
    }
    if (size > 0) with_two_bytes(size);
    return to;
}

}  // namespace relay::protocol::snappy_format
