// The last values as a page to scrape, in any naming: for a Prometheus that takes no remote write.
// Pure: records and a query in, text out.
//
// Values stand without a time, as exporters give them: what ends is missing from the next page, and
// Prometheus marks it stale. The lines are kept, not the samples: a cluster of 2,000 guests has
// 22,000 of the one and 300,000 of the other.
#pragma once

#include "relay/base/byte_size.hpp"
#include "relay/base/expected.hpp"
#include "relay/journal/record.hpp"
#include "sinks/last_lines.hpp"
#include "sinks/naming/naming.hpp"
#include "sinks/sole_speakers.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::sinks {

struct scrape_options {
    /// After which a line that was not said again is not on the page. Prometheus looks back as far.
    std::chrono::seconds max_age = std::chrono::minutes(5);
    /// Of the lines that are kept, and of a page: each. 2,000 guests have 12 MB of lines and a page
    /// of 25 MB.
    byte_size bytes_max = 64_MiB;
    bool operator==(const scrape_options&) const = default;
};

struct scrape_query {
    std::vector<naming_kind> naming{naming_kind::proxmox};  // never empty, none twice
    std::optional<std::string> cluster;                     // none: all of them
};

/// Not thread-safe.
class scrape {
public:
    explicit scrape(const scrape_options& options);

    void fold(const journal::record& record) { lines_.fold(record); }
    /// Forgets what is older than max_age.
    void look(std::int64_t now_ns);

    /// @returns the page in Prometheus' text format; or a sentence that says what does not fit
    [[nodiscard]] expected<std::string, std::string> page(const scrape_query& asked);

    [[nodiscard]] const last_lines& lines() const noexcept { return lines_; }

private:
    const scrape_options options_;
    last_lines lines_;
    std::map<naming_kind, sole_speakers> speakers_;
    std::uint64_t hearings_ = 0;
};

}  // namespace relay::sinks
