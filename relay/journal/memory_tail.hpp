// The newest records, text included, for sinks that keep up: nothing is read from disk or inflated
// for them. Bounded in bytes, and nearly empty where all keep up. Not thread-safe; lives in the
// catalog.
#pragma once

#include "relay/journal/journal.hpp"
#include "relay/journal/record.hpp"

#include <cstddef>
#include <deque>
#include <vector>

namespace relay::journal {

class memory_tail {
public:
    explicit memory_tail(std::size_t bytes_max) noexcept : bytes_max_(bytes_max) {}

    /// @pre its sequence is above newest()
    void push(record_ptr record);
    /// Back in front; nothing where it is still here.
    void prepend(record_ptr record);

    /// Lets the oldest go: those before `wanted`, which nobody lacks, and more until the bound
    /// holds, but none above `through`: what is not on disk has no other place. Hands them out so
    /// that the caller frees them outside of its lock.
    [[nodiscard]] std::vector<record_ptr> evict(sequence through, sequence wanted);

    /// Whether the record behind `after`, if there is any, is in here.
    [[nodiscard]] bool continues(sequence after) const noexcept {
        return !records_.empty() && records_.front()->header.sequence <= after + 1;
    }

    /// Whether there is a record in here that comes before `which`.
    [[nodiscard]] bool begins_before(sequence which) const noexcept {
        return !records_.empty() && records_.front()->header.sequence < which;
    }

    /// The records behind `after` within the limits, at least one where there is any.
    [[nodiscard]] std::vector<record_ptr> after(sequence after, const read_limits& limits) const;

    [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
    /// 0 where there is none.
    [[nodiscard]] sequence oldest() const noexcept {
        return records_.empty() ? 0 : records_.front()->header.sequence;
    }
    [[nodiscard]] sequence newest() const noexcept {
        return records_.empty() ? 0 : records_.back()->header.sequence;
    }
    /// Memory held, texts and members.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    /// Bytes of the members behind `after`, and the first of them (null: there is none).
    struct remainder {
        std::uint64_t member_bytes = 0;
        record_ptr first;
    };
    [[nodiscard]] remainder behind(sequence after) const;

private:
    [[nodiscard]] std::deque<record_ptr>::const_iterator first_after(sequence after) const;

    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::deque<record_ptr> records_;  // ascending by sequence
};

}  // namespace relay::journal
