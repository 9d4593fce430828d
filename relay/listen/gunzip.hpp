// Inflates a gzip body as it streams in: any chunking, any number of members. Bounded: never makes
// more than was asked for, and stops at what looks like a bomb. Not thread-safe.
#pragma once

#include "relay/base/expected.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace relay::listen {

enum class gunzip_errc : std::uint8_t {
    damaged,     // no gzip, or its data or checksum are wrong
    too_much,    // more bytes than a body may have
    suspicious,  // more bytes for each that was sent than measurements ever give
    no_memory,   // zlib could not allocate its window
};

/// In InfluxDB's words where it has some.
[[nodiscard]] std::string_view message(gunzip_errc error) noexcept;

struct gunzip_limits {
    std::uint64_t bytes_max;
    std::uint64_t ratio_max;   // of bytes made to bytes read …
    std::uint64_t free_bytes;  // … once so many were made
};

class gunzip {
public:
    explicit gunzip(gunzip_limits limits);
    ~gunzip();

    /// Inflates from the front of `in` into `out`, and moves `in` behind what was used.
    /// @returns the front of `out`. Empty only when `in` is used up.
    [[nodiscard]] expected<std::string_view, gunzip_errc> next(std::string_view& in,
                                                               std::span<char> out);

    /// Whether a body may end here: between members, or before the first.
    [[nodiscard]] bool at_boundary() const noexcept;

    /// What zlib holds: deflate's 32 KiB window and its own state (zlib.h, inflateInit2).
    static constexpr std::size_t bytes_held = 44 << 10;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace relay::listen
