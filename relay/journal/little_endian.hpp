// Numbers as the journal's files spell them: little-endian, byte by byte, whatever the machine.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>

namespace relay::journal {

template <std::integral T>
void append_number(std::string& out, T value) {
    const auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out.push_back(static_cast<char>(bits >> (8 * i)));
}

/// @pre at + sizeof(T) <= bytes.size()
template <std::integral T>
void put_number(std::string& bytes, std::size_t at, T value) {
    const auto bits = static_cast<std::make_unsigned_t<T>>(value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
        bytes[at + i] = static_cast<char>(bits >> (8 * i));
}

/// @pre at + sizeof(T) <= bytes.size()
template <std::integral T>
[[nodiscard]] T get_number(std::string_view bytes, std::size_t at) {
    using bits = std::make_unsigned_t<T>;
    bits value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        value = static_cast<bits>(
            value | static_cast<bits>(static_cast<bits>(static_cast<unsigned char>(bytes[at + i]))
                                      << (8 * i)));
    }
    return static_cast<T>(value);
}

}  // namespace relay::journal
