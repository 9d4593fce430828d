// Any bytes as a dead letter's line of JSON, as escaped text, and as the refused line itself: what
// is read is written and read back equal, and any bytes survive the way to JSON and back.
#include "relay/base/check.hpp"
#include "relay/ops/dead_letter_json.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace relay;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    if (const auto read = ops::parse_dead_letter(bytes)) {
        RELAY_CHECK(ops::parse_dead_letter(to_json_line(*read)) == *read);
    }
    RELAY_CHECK(journal::unescape_bytes(journal::escape_bytes(bytes)) == bytes);
    journal::dead_letter one;
    one.line = one.lane.bucket = one.from = bytes;
    RELAY_CHECK(ops::parse_dead_letter(to_json_line(one)) == one);
    return 0;
}
