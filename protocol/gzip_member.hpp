// One gzip member in memory (RFC 1952): what the journal keeps and what InfluxDB is sent.
// ISA-L at level 1 where the machine has it, zlib as its twin: each reads what the other wrote.
#pragma once

#include "relay/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace relay::protocol {

enum class gzip_errc : std::uint8_t { not_gzip, corrupt, truncated, too_large };
[[nodiscard]] std::string_view to_string(gzip_errc code) noexcept;

/// Compresses; owns its working memory (about 300 KiB) and is reused. Not thread-safe.
class gzip_compressor {
public:
    enum class engine : std::uint8_t { isal, zlib };
    explicit gzip_compressor(engine which = engine::isal);
    ~gzip_compressor();
    gzip_compressor(gzip_compressor&&) noexcept;
    gzip_compressor& operator=(gzip_compressor&&) noexcept;

    /// Appends one member that holds `text` to `out`; `extra` becomes its FEXTRA field, whole
    /// (at most 65,535 bytes, subfield headers included).
    void compress(std::string_view text, std::string_view extra, std::string& out);

    struct state;  // one per engine

private:
    std::unique_ptr<state> state_;
};

/// Appends the text of the one member at the front of `member` to `out`.
/// @returns bytes of `member` that it took; on failure `out` is as it was. `text_bytes_max` bounds
/// what it may inflate to (a bomb ends there with too_large).
[[nodiscard]] expected<std::size_t, gzip_errc> inflate_member(std::string_view member,
                                                              std::size_t text_bytes_max,
                                                              std::string& out);

/// The same of a text that has at most as many bytes as `room`, which is not cleared before: for
/// who knows how much comes, and has room from the time before.
/// @returns bytes of the text; on failure what is in `room` means nothing
[[nodiscard]] expected<std::size_t, gzip_errc> inflate_member(std::string_view member,
                                                              std::span<char> room);

}  // namespace relay::protocol
