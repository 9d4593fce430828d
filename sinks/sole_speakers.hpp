// Who speaks of what several lines say: every node reports a shared storage, and what the relay
// learnt from the API is also in what a node pushes. One of them is heard as long as it speaks, so
// that a series has one source; another one is when that falls silent, or at once where its rank is
// higher.
//
// By the lines' own times, and by their places in the journal with a memory of who was heard
// before: a request that is made again is the same. Pure.
#pragma once

#include "sinks/series_budget.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>

namespace relay::sinks {

/// Not thread-safe.
class sole_speakers {
public:
    /// @param count_max what may be spoken of; beyond it all begins afresh
    explicit sole_speakers(std::size_t count_max) noexcept : count_max_(count_max) {}

    struct voice {
        std::uint64_t speaker = 0;
        std::uint8_t rank = 0;
        std::int64_t silence_ns = 0;  // after which another one of no higher rank is heard
    };

    /// Whether `of` is heard on `what`, at that place and time. Another one than before is only
    /// with what is newer: the series may be the same.
    [[nodiscard]] bool hears(std::uint64_t what, const voice& of, const unit_place& at,
                             std::int64_t time_ns);

private:
    struct entry {
        voice now;
        unit_place since;
        std::int64_t last_ns = 0;
        std::uint64_t before = 0;  // who was heard until then
    };

    std::size_t count_max_;
    boost::unordered_flat_map<std::uint64_t, entry> entries_;
};

}  // namespace relay::sinks
