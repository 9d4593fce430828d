// Whether two short texts are the same, without memcmp's call and without a branch that depends on
// how long they are: 32 bytes are compared at once, and what is behind the texts does not count.
// For texts whose buffers go on behind them.
#pragma once

#include "protocol/delimiters.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace relay::protocol {

/// What is looked at in one go.
inline constexpr std::size_t equal_texts_step = 32;

/// How many bytes must be readable where a text of that size begins.
[[nodiscard]] constexpr std::size_t equal_texts_window(std::size_t size) noexcept {
    return (size + equal_texts_step - 1) / equal_texts_step * equal_texts_step;
}

/// @pre equal_texts_window(size) bytes are readable at both
[[nodiscard, gnu::always_inline]] inline bool are_equal_texts(const char* a, const char* b,
                                                              std::size_t size) noexcept {
#if defined(__SSE2__)
    const auto equal = [&](std::size_t i) {
        const auto same = _mm_cmpeq_epi8(sse2::load(a + i), sse2::load(b + i));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(same));
    };
    for (;;) {
        const auto differ = ~(equal(0) | equal(sse2::lane_bytes) << sse2::lane_bytes);
        if (size <= equal_texts_step) {
            return (differ & ((std::uint64_t{1} << size) - 1)) == 0;
        }
        if (differ != 0) return false;
        a += equal_texts_step;
        b += equal_texts_step;
        size -= equal_texts_step;
    }
#else
    return std::memcmp(a, b, size) == 0;
#endif
}

}  // namespace relay::protocol
