// Any bytes as what presence kept on disk: refused, or objects that are kept the same way again,
// within the bound, and that a second look and every page bear.
#include "relay/base/check.hpp"
#include "relay/ingest/presence.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace relay;
using namespace std::chrono_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // What is not whole is refused at once, which would leave little to find: most is made whole.
    std::string text(reinterpret_cast<const char*>(data), size);
    const bool as_it_is = text.starts_with("#");
    if (!as_it_is) {
        text = "# pverelay presence 1\n" + text + "\n";
        const auto lines = std::count(text.begin(), text.end(), '\n') - 1;
        text += "# end " + std::to_string(lines) + "\n";
    }
    const moment now{.steady = steady_time(24h), .wall = wall_time(1'755'785'270s)};
    constexpr std::size_t most = 100;
    ingest::presence watch({.objects_max = most});
    if (!watch.restore(text, {"lab"}, now)) return 0;
    RELAY_CHECK(watch.counters().objects.value() <= static_cast<std::int64_t>(most));
    const auto kept = watch.remember();
    ingest::presence again({.objects_max = most});
    RELAY_CHECK(again.restore(kept, {"lab"}, now));
    RELAY_CHECK(again.remember() == kept);
    const topology::snapshot_board board;
    for (const auto passed : {0s, 1s, 60s, 90'000s})
        (void)watch.look({.steady = now.steady + passed, .wall = now.wall + passed}, board);
    (void)watch.overview();
    return 0;
}
