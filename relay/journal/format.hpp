// What writer and readers of a segment agree on: the record header in a gzip member's FEXTRA field.
// docs/journal-format.md draws it; change it there first. Pure: bytes and values.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::journal {

inline constexpr std::size_t header_bytes_min = 90;
/// Names of clusters, buckets and tenants are short; the bound keeps a header within one page.
inline constexpr std::size_t lane_bytes_max = 4096;
inline constexpr std::size_t header_bytes_max = header_bytes_min + lane_bytes_max;
/// A header, 1 MiB of text that would not shrink (stored blocks: 5 bytes per 64 KiB), a trailer.
inline constexpr std::size_t member_bytes_max = header_bytes_max + (1 << 20) + 4096;

/// Whether the lane's names fit a header.
[[nodiscard]] bool fits_header(const lane& of) noexcept;

/// The FEXTRA field of a record whose sizes and checksums are not known yet.
/// @pre fits_header(header.lane)
[[nodiscard]] std::string encode_extra(const record_header& header);

/// Writes sizes and checksums into a member that was compressed with that field.
void seal_member(std::string& member, record_header& header);

struct parsed_header {
    record_header header;
    std::size_t header_bytes = 0;
    std::uint32_t payload_checksum = 0;
};

enum class header_fault : std::uint8_t {
    incomplete,  // could be a header, but goes on beyond these bytes
    none,        // is no header, or a damaged one
};

/// Reads the header at the front of `bytes`, its checksum verified.
[[nodiscard]] expected<parsed_header, header_fault> parse_header(std::string_view bytes);

/// Whether the payload of a whole member is what its header was sealed with.
/// @pre member.size() == parsed.header.member_bytes
[[nodiscard]] bool payload_intact(std::string_view member, const parsed_header& parsed) noexcept;

/// The first place at or after `from` where a header may begin; npos where there is none. Bytes at
/// the end that are a header's beginning count.
[[nodiscard]] std::size_t find_header(std::string_view bytes, std::size_t from) noexcept;

}  // namespace relay::journal
