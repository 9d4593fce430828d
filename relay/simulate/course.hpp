// How a simulated value goes on with time: a pure function of a key and a second. Nothing is
// remembered, so any second of any value can be asked for in any order, by any thread, and gives
// the same answer in every run with the same seed.
#pragma once

#include <cstdint>

namespace relay::simulate {

/// Names one value of one thing in one world.
using key = std::uint64_t;

/// SplitMix64's output function (Steele, Lea, Flood, OOPSLA 2014) over two numbers: every bit of
/// either reaches every bit of the result.
constexpr key mix(key a, std::uint64_t b) noexcept {
    std::uint64_t x = a + 0x9e3779b97f4a7c15ull * (b + 1);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

/// Uniform enough in [low, high]; `low` <= `high`.
constexpr std::uint64_t between(key which, std::uint64_t low, std::uint64_t high) noexcept {
    return low + which % (high - low + 1);
}

/// A counter that began at 0 `seconds` ago and never falls: it grows by at most 2 * per_second_max
/// in one second. Its own rate is drawn from the key.
///
///     rate * t <= value(t) <= rate * t + rate = rate * (t + 1) <= value(t + 1)
constexpr std::uint64_t counter_at(key which, std::uint64_t per_second_max,
                                   std::int64_t seconds) noexcept {
    if (per_second_max == 0 || seconds <= 0) return 0;
    const auto t = static_cast<std::uint64_t>(seconds);
    const auto rate = between(which, 1, per_second_max);
    return rate * t + mix(which, t) % (rate + 1);
}

/// A level in [low, high] that is drawn anew every second.
constexpr std::uint64_t level_at(key which, std::uint64_t low, std::uint64_t high,
                                 std::int64_t seconds) noexcept {
    return between(mix(which, static_cast<std::uint64_t>(seconds)), low, high);
}

/// A share in [0, 1), drawn anew every second.
constexpr double share_at(key which, std::int64_t seconds) noexcept {
    const auto bits = mix(which, static_cast<std::uint64_t>(seconds)) >> 11;  // 53 bits
    return static_cast<double>(bits) * 0x1p-53;
}

}  // namespace relay::simulate
