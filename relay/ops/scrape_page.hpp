// The page /scrape: the last values, for a Prometheus that takes no remote write. A request in, an
// answer out; who has the values is handed in.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/listen/http_handler.hpp"
#include "sinks/scrape.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace relay::ops {

/// Why there is no page.
struct scrape_refusal {
    enum class kind : std::uint8_t { not_yet, not_there, too_large } what{};
    std::string why;  // a sentence
};

/// Any thread; may take as long as it takes to read the journal's last minutes.
using scrape_source =
    std::function<expected<std::string, scrape_refusal>(const sinks::scrape_query&)>;

/// `?naming=pve-exporter&cluster=lab`; `naming` may be there several times.
/// @returns the query, or a sentence that says which parameter is wrong
[[nodiscard]] expected<sinks::scrape_query, std::string> parse_scrape_query(
    std::string_view request_target);

/// @param from null: this relay has no such page
[[nodiscard]] listen::reply scrape_page(const scrape_source& from, const listen::request& asked);

}  // namespace relay::ops
