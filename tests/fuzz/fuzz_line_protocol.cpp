// Any body: read within its bounds, alike in one piece and in chunks; what is accepted is written
// as one line that is read as the same point.
#include "relay/base/check.hpp"
#include "tests/unit/protocol/line_reading.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

using namespace relay::protocol;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    // The first two bytes choose the dialect, the length of the chunks and the limits.
    line_parser parser(data[1] % 2 == 0 ? parse_limits{} : parse_limits{.line_bytes = data[1]});
    parser.set_dialect(data[0] % 2 == 0 ? dialect::common : dialect::proxmox);
    const std::size_t chunk_bytes = data[0] / 2u + 1;
    const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);

    const auto whole = testing::read_body(body, parser);
    RELAY_CHECK(testing::read_in_chunks(body, chunk_bytes, parser) == whole);

    for (const auto& point : whole.points) {
        RELAY_CHECK(testing::is_writable(point));
        const auto written = testing::write(point);
        RELAY_CHECK(std::ranges::count(written, '\n') == 1);
        const auto again = testing::read_body(written);
        RELAY_CHECK(again.refusals.empty() && again.points.size() == 1);
        RELAY_CHECK(again.points[0] == testing::as_written(point));
    }
    return 0;
}
