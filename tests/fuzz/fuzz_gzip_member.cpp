// Any bytes as a gzip member: we and zlib agree on whether it is one, on its text and its length;
// and any bytes as a text come back from either compressor.
#include "protocol/gzip_member.hpp"
#include "relay/base/check.hpp"

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

using namespace relay::protocol;

namespace {

constexpr std::size_t text_bytes_max = 64 << 10;

std::optional<std::size_t> zlib_inflate(std::string_view member, std::string& text) {
    z_stream stream{};
    RELAY_CHECK(inflateInit2(&stream, 16 + MAX_WBITS) == Z_OK);
    text.resize(text_bytes_max + 1);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(member.data()));
    stream.avail_in = static_cast<uInt>(member.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    const auto result = inflate(&stream, Z_FINISH);
    text.resize(stream.total_out);
    inflateEnd(&stream);
    if (result != Z_STREAM_END || text.size() > text_bytes_max) return std::nullopt;
    return stream.total_in;
}

// zlib verifies the checksum of a header (FHCRC), which we step over: what it refuses for that
// alone is none of our business.
bool has_header_checksum(std::string_view member) {
    return member.size() > 3 && (member[3] & 2) != 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    std::string ours = "kept", theirs;
    const auto taken = inflate_member(input, text_bytes_max, ours);
    const auto expected = zlib_inflate(input, theirs);
    if (!taken) RELAY_CHECK(ours == "kept");
    if (expected) RELAY_CHECK(taken && *taken == *expected && ours == "kept" + theirs);
    if (taken) RELAY_CHECK(expected || has_header_checksum(input));

    for (const auto engine : {gzip_compressor::engine::isal, gzip_compressor::engine::zlib}) {
        std::string member, back;
        gzip_compressor(engine).compress(input, "PV", member);
        RELAY_CHECK(inflate_member(member, size, back) == member.size() && back == input);
    }
    return 0;
}
