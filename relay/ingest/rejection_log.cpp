#include "relay/ingest/rejection_log.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <utility>

namespace relay::ingest {

constexpr auto interval = std::chrono::seconds(1);

rejection_log::quota& rejection_log::quota_of(rejection reason) {
    return quotas_.at(reason ? static_cast<std::size_t>(*reason) : quotas_.size() - 1);
}

bool rejection_log::wants(rejection reason, steady_time now) {
    auto& mine = quota_of(reason);
    if (now < mine.next) {
        ++mine.suppressed;
        return false;
    }
    mine.next = now + interval;
    return true;
}

void rejection_log::report(rejection reason, std::string_view from, const journal::lane& lane,
                           std::string_view what) {
    const auto untold = std::exchange(quota_of(reason).suppressed, 0);
    const auto more =
        untold == 0 ? std::string() : fmt::format(" (and {} more since the last message)", untold);
    log_.warning("refused from {} (cluster {}, bucket {}): {}{}", printable(from),
                 printable(lane.cluster), lane.bucket.empty() ? "-" : printable(lane.bucket), what,
                 more);
}

}  // namespace relay::ingest
