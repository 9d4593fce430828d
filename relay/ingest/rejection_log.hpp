// Says in the log which lines were refused, without letting whoever sends them fill the disk: at
// most one message per reason and second, with the number of those that it stands for.
// Used by one thread; time is passed in.
#pragma once

#include "protocol/parse_error.hpp"
#include "relay/base/clock.hpp"
#include "relay/base/log.hpp"
#include "relay/journal/record.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace relay::ingest {

/// Why a line was refused: by its grammar, or because its time is too far ahead (none).
using rejection = std::optional<protocol::parse_errc>;

class rejection_log {
public:
    explicit rejection_log(log& log) : log_(log) {}

    /// Whether report() would speak now. If not, counts one more that was not told.
    [[nodiscard]] bool wants(rejection reason, steady_time now);
    /// @pre wants() said so
    /// @param what place, reason and beginning of the line, printable
    void report(rejection reason, std::string_view from, const journal::lane& lane,
                std::string_view what);

private:
    struct quota {
        steady_time next{};
        std::uint64_t suppressed = 0;
    };
    [[nodiscard]] quota& quota_of(rejection reason);

    log& log_;
    std::array<quota, 33> quotas_;  // the codes, and one for "ahead"
};

}  // namespace relay::ingest
