// Which series a request already holds, and at what time: one of them may stand in it once. A
// series is known by 56 bits of its fingerprint; two that share them by chance (once in a thousand
// million requests of 10,000 samples) would cost one sample.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace relay::sinks {

/// An open hash table that is cleared, not freed; small, so that the table of a large request
/// stays in the cache. Not thread-safe.
class request_series {
public:
    enum class seen : std::uint8_t { never, same_time, other_time };

    void clear();

    /// The time of the series that are added from now on.
    /// @returns false where the request has too many times to tell them apart: nothing may be added
    [[nodiscard]] bool begin(std::int64_t time_ms);

    /// Fetches its place into the cache. Asked for a line's series at once, before the first of
    /// them is added.
    void expect(std::uint64_t fingerprint) const noexcept {
        __builtin_prefetch(&slots_[fingerprint >> shift_]);
    }

    /// Notes the series, unless it is there already.
    [[nodiscard]] seen add(std::uint64_t fingerprint) { return add(fingerprint, time_); }

    /// The number of that time, and the same for a series of another one.
    [[nodiscard]] std::uint64_t time() const noexcept { return time_; }
    [[nodiscard]] seen add(std::uint64_t fingerprint, std::uint64_t time) {
        auto* place = &find(fingerprint);
        if (*place != 0) return (*place ^ time) & time_bits ? seen::other_time : seen::same_time;
        if (2 * (used_ + 1) > slots_.size()) {
            grow();
            place = &find(fingerprint);
        }
        *place = (fingerprint & ~time_bits) | time;
        ++used_;
        return seen::never;
    }

private:
    // A slot holds the upper bits of the fingerprint, which also say where it stands, and the
    // number of its time, from 1; 0 is free.
    static constexpr std::uint64_t time_bits = 0xff;

    /// Where the fingerprint stands or would stand.
    [[nodiscard]] std::uint64_t& find(std::uint64_t fingerprint) noexcept {
        auto i = static_cast<std::size_t>(fingerprint >> shift_);
        while (slots_[i] != 0 && ((slots_[i] ^ fingerprint) & ~time_bits) != 0)
            i = (i + 1) & (slots_.size() - 1);
        return slots_[i];
    }
    void grow();

    unsigned shift_ = 64 - 10;
    std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1 << 10);  // at most half full
    std::size_t used_ = 0;
    std::vector<std::int64_t> times_;
    std::uint64_t time_ = 0;  // the number of the current one
};

}  // namespace relay::sinks
