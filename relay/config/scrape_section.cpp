// [scrape]: the page of last values on the admin listener.
#include "relay/config/sections.hpp"

namespace relay::config {

using namespace std::chrono_literals;

void read_scrape(const section& root, settings& into) {
    const auto from = root.table("scrape");
    if (!from) return;
    // Less is one cycle that came late.
    from->read("max_age", into.scrape.max_age, {30s, 1h});
    from->read("bytes_max", into.scrape.bytes_max, {1_MiB, 64_GiB});
}

}  // namespace relay::config
