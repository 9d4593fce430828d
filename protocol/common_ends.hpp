// How much two texts have in common, at their beginning and at their end: eight bytes at a time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace relay::protocol {

static_assert(std::endian::native == std::endian::little, "the first byte is the lowest");

namespace detail {

/// Bits that differ in eight bytes of each.
[[nodiscard]] inline std::uint64_t difference(const char* a, const char* b) noexcept {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    std::memcpy(&x, a, sizeof x);
    std::memcpy(&y, b, sizeof y);
    return x ^ y;
}

}  // namespace detail

[[nodiscard]] inline std::size_t common_prefix(std::string_view a, std::string_view b) noexcept {
    const auto most = std::min(a.size(), b.size());
    std::size_t n = 0;
    for (; n + 8 <= most; n += 8) {
        const auto bits = detail::difference(a.data() + n, b.data() + n);
        if (bits != 0) return n + static_cast<std::size_t>(std::countr_zero(bits)) / 8;
    }
    while (n < most && a[n] == b[n])
        ++n;
    return n;
}

[[nodiscard]] inline std::size_t common_suffix(std::string_view a, std::string_view b) noexcept {
    const auto most = std::min(a.size(), b.size());
    const char* const a_end = a.data() + a.size();
    const char* const b_end = b.data() + b.size();
    std::size_t n = 0;
    for (; n + 8 <= most; n += 8) {
        const auto bits = detail::difference(a_end - n - 8, b_end - n - 8);
        if (bits != 0) return n + static_cast<std::size_t>(std::countl_zero(bits)) / 8;
    }
    while (n < most &&
           a_end[-1 - static_cast<std::ptrdiff_t>(n)] == b_end[-1 - static_cast<std::ptrdiff_t>(n)])
        ++n;
    return n;
}

}  // namespace relay::protocol
