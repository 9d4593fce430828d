// Bytes that claim to be gzip: inflation stops at its limits, and does not depend on the chunks.

#include "relay/base/check.hpp"
#include "relay/listen/gunzip.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace relay::listen;

namespace {

constexpr std::size_t bytes_max = 1 << 16;
constexpr gunzip_limits patient{.bytes_max = bytes_max, .ratio_max = 1 << 20, .free_bytes = 0};
constexpr gunzip_limits wary{.bytes_max = bytes_max, .ratio_max = 100, .free_bytes = 1 << 12};

// The text, and at its end whether it was whole.
std::string inflate(std::string_view bytes, std::size_t chunk, const gunzip_limits& limits) {
    gunzip unzip(limits);
    std::string text;
    std::array<char, 512> out{};
    while (!bytes.empty()) {
        auto part = bytes.substr(0, chunk);
        bytes.remove_prefix(part.size());
        for (;;) {
            const auto some = unzip.next(part, out);
            if (!some) return "refused";
            if (some->empty()) break;
            text += *some;
            RELAY_CHECK(text.size() <= bytes_max);
        }
    }
    return text + (unzip.at_boundary() ? "." : "…");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t chunk = data[0] % 32 + 1;
    const auto whole = inflate(bytes, bytes.size(), patient);
    RELAY_CHECK(inflate(bytes, chunk, patient) == whole);
    // The ratio is judged by the bytes read so far, which depends on the pieces.
    const auto suspected = inflate(bytes, chunk, wary);
    RELAY_CHECK(suspected == whole || suspected == "refused");
    return 0;
}
