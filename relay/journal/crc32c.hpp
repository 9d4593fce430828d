// CRC32C (Castagnoli), the checksum of everything that the journal reads back from disk. SSE4.2's
// instruction where the processor has it, a table as its twin.
#pragma once

#include <cstdint>
#include <string_view>

namespace relay::journal {

/// The checksum of `bytes`; of a continuation where `before` is the checksum of what precedes it.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0) noexcept;

/// The twin, for machines without the instruction and for tests.
[[nodiscard]] std::uint32_t crc32c_by_table(std::string_view bytes,
                                            std::uint32_t before = 0) noexcept;

}  // namespace relay::journal
