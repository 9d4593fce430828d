// Which series a request already holds, and at what time: one of them may stand in it once. A
// series is known by a fingerprint of 64 bits; two that share one by chance (once in a hundred
// thousand million requests of 10,000 samples) would cost one sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::sinks {

/// An open hash table that is cleared, not freed. Not thread-safe.
class request_series {
public:
    enum class seen : std::uint8_t { never, same_time, other_time };

    void clear();

    /// Fetches its place into the cache: the table of a large request is larger than that. Asked
    /// for a line's series at once, before the first of them is added.
    void expect(std::uint64_t fingerprint) const noexcept {
        __builtin_prefetch(&slots_[fingerprint & (slots_.size() - 1)]);
    }

    /// Notes the series, unless it is there already.
    [[nodiscard]] seen add(std::uint64_t fingerprint, std::int64_t time_ms);

private:
    struct slot {
        std::uint64_t fingerprint = 0;  // 0: free
        std::int64_t time_ms = 0;
    };
    void grow();
    /// Where the fingerprint stands or would stand.
    [[nodiscard]] slot& find(std::uint64_t fingerprint) noexcept;

    std::vector<slot> slots_ = std::vector<slot>(1024);  // a power of two, at most half full
    std::size_t used_ = 0;
};

}  // namespace relay::sinks
