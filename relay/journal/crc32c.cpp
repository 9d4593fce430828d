#include "relay/journal/crc32c.hpp"

#include <array>
#include <cstring>
#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace relay::journal {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // reflected, RFC 3720 appendix B.4

constexpr std::array<std::uint32_t, 256> make_table() {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        auto value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) * polynomial);
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

std::uint32_t step(std::uint32_t crc, char byte) noexcept {
    return (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(byte)) & 0xff];
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_sse42(std::string_view bytes,
                                                                std::uint32_t before) noexcept {
    std::uint64_t crc = ~before;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        crc = _mm_crc32_u64(crc, word);
        bytes.remove_prefix(8);
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (const char byte : bytes)
        rest = _mm_crc32_u8(rest, static_cast<unsigned char>(byte));
    return ~rest;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) noexcept {
    auto crc = ~before;
    for (const char byte : bytes)
        crc = step(crc, byte);
    return ~crc;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) noexcept {
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2")) return crc32c_by_sse42(bytes, before);
#endif
    return crc32c_by_table(bytes, before);
}

}  // namespace relay::journal
