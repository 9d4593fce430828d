// A number of bytes that says so, and its spelling in the configuration ("64MiB").
#pragma once

#include "relay/base/expected.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay {

struct byte_size {
    std::uint64_t bytes = 0;
    auto operator<=>(const byte_size&) const = default;
};

inline namespace literals {
constexpr byte_size operator""_KiB(unsigned long long n) noexcept {
    return {n << 10};
}
constexpr byte_size operator""_MiB(unsigned long long n) noexcept {
    return {n << 20};
}
constexpr byte_size operator""_GiB(unsigned long long n) noexcept {
    return {n << 30};
}
}  // namespace literals

/// Reads "4096", "64KiB", "10 GiB", "1.5MiB", "10MB" (powers of ten without the i).
/// @returns the size, or a sentence that says what is wrong with the text.
[[nodiscard]] expected<byte_size, std::string> parse_byte_size(std::string_view text);

/// "10.0 GiB", "512 B": for people.
[[nodiscard]] std::string to_string(byte_size size);

}  // namespace relay
