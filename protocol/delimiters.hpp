// The bytes that mean something outside of strings, found 64 at a time, and the two that mean
// something inside. SSE2 is what every amd64 machine has. With AVX2 in the whole parser it was 8 %
// faster (14.2 and 13.0 ns per number), before the cost of choosing at run time: not worth a second
// copy of it. Each search has a scalar twin that is used on other machines and that the fuzzer
// compares it with.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace relay::protocol {

/// What delimiter_bits looks at in one go.
inline constexpr std::size_t delimiter_block_bytes = 64;

/// Whether the grammar must look at `c` outside of a string: a comma, an equals sign, a backslash,
/// a quote, a space, or a control character (a newline and the carriage return are among them).
[[nodiscard]] constexpr bool is_delimiter(char c) noexcept {
    return static_cast<unsigned char>(c) <= ' ' || c == ',' || c == '=' || c == '\\' || c == '"' ||
           c == '\x7f';
}

namespace scalar {

/// Bit i is set where byte i of the block is a delimiter.
/// @pre delimiter_block_bytes are readable at `block`.
[[nodiscard]] inline std::uint64_t delimiter_bits(const char* block) noexcept {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < delimiter_block_bytes; ++i) {
        bits |= static_cast<std::uint64_t>(is_delimiter(block[i])) << i;
    }
    return bits;
}

/// The first quote or backslash in [at, end), or end.
[[nodiscard]] inline const char* find_quote_or_backslash(const char* at, const char* end) noexcept {
    while (at != end && *at != '"' && *at != '\\')
        ++at;
    return at;
}

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    }
    return true;
}

[[nodiscard]] inline bool has_delimiter(std::string_view text) noexcept {
    for (const char c : text) {
        if (is_delimiter(c)) return true;
    }
    return false;
}

/// Whether `text` is [0-9]+ or [0-9]+\.[0-9]+, as nearly every number is, and too short to be
/// beyond the range of a double.
[[nodiscard]] inline bool is_plain_decimal(std::string_view text) noexcept {
    if (text.size() > 300) return false;
    std::size_t digits = 0;
    bool has_point = false;
    for (const char c : text) {
        if (c == '.' && !has_point && digits > 0) {
            has_point = true;
            digits = 0;
        } else if (c >= '0' && c <= '9') {
            ++digits;
        } else {
            return false;
        }
    }
    return digits > 0;
}

/// Bytes of the plain decimal at the front of `text`, up to what is neither digit nor point; 0
/// where there is none.
[[nodiscard]] inline std::size_t plain_decimal_bytes(std::string_view text) noexcept {
    std::size_t bytes = 0;
    while (bytes < text.size() &&
           (text[bytes] == '.' || (text[bytes] >= '0' && text[bytes] <= '9')))
        ++bytes;
    return is_plain_decimal(text.substr(0, bytes)) ? bytes : 0;
}

/// Bytes at the front of `text` before the first that is a delimiter or not ASCII.
[[nodiscard]] inline std::size_t plain_name_bytes(std::string_view text) noexcept {
    std::size_t bytes = 0;
    while (bytes < text.size() && !is_delimiter(text[bytes]) &&
           static_cast<unsigned char>(text[bytes]) < 0x80)
        ++bytes;
    return bytes;
}

/// Bytes at the front of `text` before the first that is a quote, a backslash, a newline or not
/// ASCII: where a string that the writer would spell as it stands ends, if it closes there.
[[nodiscard]] inline std::size_t plain_string_bytes(std::string_view text) noexcept {
    std::size_t bytes = 0;
    while (bytes < text.size() && text[bytes] != '"' && text[bytes] != '\\' &&
           text[bytes] != '\n' && static_cast<unsigned char>(text[bytes]) < 0x80)
        ++bytes;
    return bytes;
}

}  // namespace scalar

#if defined(__SSE2__)

namespace sse2 {

inline constexpr std::size_t lane_bytes = sizeof(__m128i);

[[nodiscard]] inline __m128i load(const char* at) noexcept {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
}

[[nodiscard]] inline std::uint32_t delimiter_bits_of(__m128i v) noexcept {
    // Unsigned v <= ' ' is min(v, ' ') == v: SSE2 compares signed bytes only.
    __m128i hit = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8(',')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('=')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\x7f')));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(hit));
}

/// As scalar::delimiter_bits.
[[nodiscard, gnu::always_inline]] inline std::uint64_t delimiter_bits(const char* block) noexcept {
    const auto lane = [block](std::size_t i) -> std::uint64_t {
        return delimiter_bits_of(load(block + lane_bytes * i));
    };
    return lane(0) | lane(1) << 16 | lane(2) << 32 | lane(3) << 48;
}

/// As scalar::find_quote_or_backslash.
[[nodiscard]] inline const char* find_quote_or_backslash(const char* at, const char* end) noexcept {
    for (; static_cast<std::size_t>(end - at) >= lane_bytes; at += lane_bytes) {
        const __m128i v = load(at);
        const __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
                                         _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        const auto bits = static_cast<std::uint32_t>(_mm_movemask_epi8(hit));
        if (bits != 0) return at + std::countr_zero(bits);
    }
    return scalar::find_quote_or_backslash(at, end);
}

[[nodiscard]] inline bool is_ascii(std::string_view text) noexcept {
    const char* at = text.data();
    std::size_t left = text.size();
    __m128i seen = _mm_setzero_si128();
    for (; left >= 4 * lane_bytes; at += 4 * lane_bytes, left -= 4 * lane_bytes) {
        const __m128i front = _mm_or_si128(load(at), load(at + 16));
        const __m128i back = _mm_or_si128(load(at + 32), load(at + 48));
        seen = _mm_or_si128(seen, _mm_or_si128(front, back));
    }
    for (; left >= lane_bytes; at += lane_bytes, left -= lane_bytes) {
        seen = _mm_or_si128(seen, load(at));
    }
    return _mm_movemask_epi8(seen) == 0 && scalar::is_ascii({at, left});
}

/// As scalar::has_delimiter. The last lane overlaps the one before it.
[[nodiscard]] inline bool has_delimiter(std::string_view text) noexcept {
    if (text.size() < lane_bytes) return scalar::has_delimiter(text);
    const char* at = text.data();
    const char* const last = at + text.size() - lane_bytes;
    for (; at < last; at += lane_bytes) {
        if (delimiter_bits_of(load(at)) != 0) return true;
    }
    return delimiter_bits_of(load(last)) != 0;
}

/// As scalar::is_plain_decimal, for a text of 1 to 16 bytes. No branch depends on the digits.
/// @pre lane_bytes are readable at text.data()
[[nodiscard]] inline bool is_plain_decimal_of_lane(std::string_view text) noexcept {
    const __m128i v = load(text.data());
    // Unsigned (v - '0') <= 9 is min(v - '0', 9) == v - '0'.
    const __m128i value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    const __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    const auto own = (std::uint32_t{1} << text.size()) - 1;
    const auto other = ~static_cast<std::uint32_t>(_mm_movemask_epi8(digit)) & own;
    const auto point =
        static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('.'))));
    // One byte at most is no digit: a point that is neither the first nor the last.
    const auto inner = own >> 1 & ~std::uint32_t{1};
    return (other & (other - 1)) == 0 && (other & ~(point & inner)) == 0;
}

/// As scalar::plain_decimal_bytes.
[[nodiscard, gnu::always_inline]] inline std::size_t plain_decimal_bytes(
    std::string_view text) noexcept {
    if (text.size() < lane_bytes) return scalar::plain_decimal_bytes(text);
    const __m128i v = load(text.data());
    const __m128i value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
    const __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
    const __m128i point = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));
    const auto points = static_cast<std::uint32_t>(_mm_movemask_epi8(point));
    const auto others =
        ~static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(digit, point))) & 0xFFFF;
    if (others == 0) return scalar::plain_decimal_bytes(text);
    // The bytes below the lowest other one; a point that is neither the first nor the last of them.
    const auto own = (others - 1) & ~others;
    const auto inner = own >> 1 & ~std::uint32_t{1};
    const auto its = points & own;
    const bool is_plain = (its & (its - 1)) == 0 && (its & ~inner) == 0;
    return is_plain ? static_cast<std::size_t>(std::countr_zero(others)) : 0;
}

/// The first byte of `text` of which `hits` has a bit, a lane at a time; the last bytes are left to
/// the scalar twin.
template <class Hits, class Twin>
[[nodiscard, gnu::always_inline]] inline std::size_t bytes_before(std::string_view text, Hits hits,
                                                                  Twin twin) noexcept {
    std::size_t at = 0;
    for (; text.size() - at >= lane_bytes; at += lane_bytes) {
        const auto bits = hits(load(text.data() + at));
        if (bits != 0) return at + static_cast<std::size_t>(std::countr_zero(bits));
    }
    return at + twin(text.substr(at));
}

/// As scalar::plain_name_bytes.
[[nodiscard]] inline std::size_t plain_name_bytes(std::string_view text) noexcept {
    const auto hits = [](__m128i v) {
        return delimiter_bits_of(v) | static_cast<std::uint32_t>(_mm_movemask_epi8(v));
    };
    return bytes_before(text, hits, scalar::plain_name_bytes);
}

/// As scalar::plain_string_bytes.
[[nodiscard]] inline std::size_t plain_string_bytes(std::string_view text) noexcept {
    const auto hits = [](__m128i v) {
        __m128i hit = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        hit = _mm_or_si128(hit, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
        return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(hit, v)));
    };
    return bytes_before(text, hits, scalar::plain_string_bytes);
}

}  // namespace sse2

using sse2::delimiter_bits;
using sse2::find_quote_or_backslash;
using sse2::has_delimiter;
using sse2::is_ascii;
using sse2::plain_decimal_bytes;
using sse2::plain_name_bytes;
using sse2::plain_string_bytes;

/// As scalar::is_plain_decimal.
/// @param readable_end up to where bytes behind the text may be read
[[nodiscard]] inline bool is_plain_decimal(std::string_view text,
                                           const char* readable_end) noexcept {
    const bool fits_lane = text.size() - 1 < sse2::lane_bytes &&
                           static_cast<std::size_t>(readable_end - text.data()) >= sse2::lane_bytes;
    return fits_lane ? sse2::is_plain_decimal_of_lane(text) : scalar::is_plain_decimal(text);
}

#else

using scalar::delimiter_bits;
using scalar::find_quote_or_backslash;
using scalar::has_delimiter;
using scalar::is_ascii;
using scalar::plain_decimal_bytes;
using scalar::plain_name_bytes;
using scalar::plain_string_bytes;

[[nodiscard]] inline bool is_plain_decimal(std::string_view text, const char*) noexcept {
    return scalar::is_plain_decimal(text);
}

#endif

/// Where the string whose content begins at `at` closes: the first quote that no backslash
/// precedes, or end if there is none.
[[nodiscard]] inline const char* find_closing_quote(const char* at, const char* end) noexcept {
    for (;;) {
        at = find_quote_or_backslash(at, end);
        if (at == end || *at == '"') return at;
        if (end - at < 2) return end;
        at += 2;
    }
}

/// Walks over the delimiters of a text in order. Borrows the text. Reads nothing beyond it.
class delimiter_cursor {
public:
    /// An empty walk; seat() begins one.
    delimiter_cursor() = default;

    /// From now on the walk goes over [at, end).
    void seat(const char* at, const char* end) noexcept {
        end_ = end;
        block_ = at;
        bits_ = bits_of_block();
    }

    /// Goes on at `at`, which lies behind the last delimiter given and not behind the end.
    void skip_to(const char* at) noexcept {
        const auto distance = static_cast<std::size_t>(at - block_);
        if (distance < delimiter_block_bytes) {
            bits_ &= ~std::uint64_t{0} << distance;
        } else {
            seat(at, end_);
        }
    }

    /// The next delimiter, or the end; at the end, the end again.
    [[nodiscard, gnu::always_inline]] const char* next() noexcept {
        while (bits_ == 0) {
            if (static_cast<std::size_t>(end_ - block_) <= delimiter_block_bytes) return end_;
            block_ += delimiter_block_bytes;
            bits_ = bits_of_block();
        }
        const char* at = block_ + std::countr_zero(bits_);
        bits_ &= bits_ - 1;
        return at;
    }

private:
    [[nodiscard, gnu::always_inline]] std::uint64_t bits_of_block() const noexcept {
        const auto left = static_cast<std::size_t>(end_ - block_);
        return left >= delimiter_block_bytes ? delimiter_bits(block_) : bits_of_rest(block_, left);
    }

    /// The end of the text: the rest of its block is filled with what is no delimiter.
    [[nodiscard, gnu::noinline]] static std::uint64_t bits_of_rest(const char* at,
                                                                   std::size_t bytes) noexcept {
        char padded[delimiter_block_bytes];
        std::memset(padded, 'x', sizeof padded);
        if (bytes > 0) std::memcpy(padded, at, bytes);
        return delimiter_bits(padded);
    }

    const char* end_ = nullptr;
    const char* block_ = nullptr;
    /// Delimiters of the block at block_ that were not given yet.
    std::uint64_t bits_ = 0;
};

}  // namespace relay::protocol
