// The number that begins somewhere in a line, found and converted in one go: for a reader that
// knows what stands before and behind it and needs no list of delimiters. It reads what nearly all
// numbers are, [0-9]+ and [0-9]+\.[0-9]+ of up to fifteen digits on either side of the point; for
// all else there is the grammar, and to_double(), its twin.
//
// The digits are found sixteen bytes at once, so that no branch depends on how many there are:
//
//     "4166118184,tota"   the bytes ^ 0x30: digits are 0 … 9, a comma is 0x1c
//      0123456789^        the first byte above 9 says where they end, here at 10
//     "      4166118184"  shifted by 16 - 10 bytes, they are sixteen digits with zeros in front
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace relay::protocol {

/// Bytes that must be readable where a number begins: two runs of digits and the point between.
inline constexpr std::size_t plain_decimal_window = 33;

/// Digits below 2^53 and powers of ten up to 10^22 are exact doubles, so that their quotient is
/// rounded once and thereby right (Clinger, "How to Read Floating Point Numbers Accurately", 1990).
inline constexpr std::uint64_t exact_digits_max = std::uint64_t{1} << 53;
inline constexpr std::array<double, 20> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,
                                                      1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13,
                                                      1e14, 1e15, 1e16, 1e17, 1e18, 1e19};

/// Eight digits at once: pairs, then fours, then all (Lemire, "Quickly parsing eight digits",
/// 2018).
/// @param values one digit a byte, the first in the lowest
[[nodiscard]] constexpr std::uint64_t join_digits(std::uint64_t values) noexcept {
    values = values * 10 + (values >> 8);
    const auto lower = (values & 0x000000FF'000000FF) * 0x000F4240'00000064;
    const auto upper = (values >> 16 & 0x000000FF'000000FF) * 0x00002710'00000001;
    return (lower + upper) >> 32;
}

/// The highest bit of each byte that is above 9. A byte above 0x89 may set that of the next as
/// well.
[[nodiscard]] constexpr std::uint64_t above_9(std::uint64_t values) noexcept {
    return (values | (values + 0x76767676'76767676)) & 0x80808080'80808080;
}

struct digit_run {
    std::uint64_t value;
    std::size_t digits;  // 16: there may be more
};

/// The digits at `at`, of which sixteen bytes are readable.
[[nodiscard, gnu::always_inline]] inline digit_run read_digits(const char* at) noexcept {
    static_assert(std::endian::native == std::endian::little);
    __extension__ using both_halves = unsigned __int128;
    constexpr std::uint64_t zeros = 0x30303030'30303030;
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    std::memcpy(&first, at, sizeof first);
    std::memcpy(&second, at + sizeof first, sizeof second);
    first ^= zeros;
    second ^= zeros;
    const auto ends = above_9(first);
    const auto ends_later = above_9(second);
    const auto digits = ends != 0 ? static_cast<std::size_t>(std::countr_zero(ends)) / 8
                                  : 8 + static_cast<std::size_t>(std::countr_zero(ends_later)) / 8;
    if (digits == 0) return {0, 0};
    const auto shifted = (static_cast<both_halves>(second) << 64 | first) << 8 * (16 - digits);
    return {join_digits(static_cast<std::uint64_t>(shifted)) * 100'000'000 +
                join_digits(static_cast<std::uint64_t>(shifted >> 64)),
            digits};
}

/// Reads the number that begins at `at`.
/// @param[out] value the nearest double, as to_double() has it; untouched where there is no number
/// @pre plain_decimal_window bytes are readable at `at`
/// @returns behind its last digit; null where it is none that is read here
[[nodiscard, gnu::always_inline]] inline const char* read_plain_decimal(const char* at,
                                                                        double& value) noexcept {
    constexpr std::size_t digits_max = 15;
    const auto whole = read_digits(at);
    if (whole.digits - 1 >= digits_max) return nullptr;
    at += whole.digits;
    if (*at != '.') {
        value = static_cast<double>(whole.value);  // below 10^15 and thereby below 2^53: exact
        return at;
    }
    const auto fraction = read_digits(at + 1);
    if (fraction.digits - 1 >= digits_max || whole.digits + fraction.digits > 18) return nullptr;
    constexpr std::array<std::uint64_t, digits_max + 1> powers{1,
                                                               10,
                                                               100,
                                                               1000,
                                                               10000,
                                                               100000,
                                                               1000000,
                                                               10000000,
                                                               100000000,
                                                               1000000000,
                                                               10000000000,
                                                               100000000000,
                                                               1000000000000,
                                                               10000000000000,
                                                               100000000000000,
                                                               1000000000000000};
    const auto digits = whole.value * powers[fraction.digits] + fraction.value;
    if (digits > exact_digits_max) return nullptr;
    value = static_cast<double>(digits) / powers_of_ten[fraction.digits];
    return at + 1 + fraction.digits;
}

}  // namespace relay::protocol
