// A body in any chunking: one result, and nothing goes out that a parser would not read alike.
// Lines that come again, and are read by their shape, come out as if each were parsed.
#include "protocol/line_parser.hpp"
#include "protocol/line_writer.hpp"
#include "relay/base/check.hpp"
#include "tests/support/pushed_body.hpp"

#include <cstdint>
#include <string>
#include <string_view>

using namespace relay;

namespace {

/// Each line of ours is a point, spelt as the writer spells it. But a newline in a string goes out
/// as a backslash and an n, and comes back as those.
void check_text(const std::string& text, std::uint64_t points) {
    protocol::line_parser parser;
    std::string again;
    std::string_view rest = text;
    for (; !rest.empty(); --points) {
        const auto read = parser.next(rest, protocol::input_end::yes);
        RELAY_CHECK(read == protocol::line_parser::outcome::point);
        protocol::append_line(again, parser.point());
    }
    RELAY_CHECK(points == 0);
    RELAY_CHECK(again == text || text.find("\\n") != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto unit = static_cast<protocol::precision>(data[0] % 6);
    const auto guests = data[0] / 6 % 2 == 0 ? tests::guests::unknown : tests::guests::looked_up;
    const std::size_t chunk_bytes = 1U + data[1] % 64U;
    const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);

    const auto whole = tests::push_body(text, unit, std::string_view::npos, guests);
    const auto chunked = tests::push_body(text, unit, chunk_bytes, guests);
    RELAY_CHECK(whole == chunked);
    check_text(whole.text, whole.accepted);

    const auto twice = std::string(text) + "\n" + std::string(text) + "\n" + std::string(64, ' ');
    RELAY_CHECK(tests::push_body(twice, unit, std::string_view::npos, guests) ==
                tests::push_body(twice, unit, std::string_view::npos, guests, 0));
    return 0;
}
