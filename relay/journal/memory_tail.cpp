#include "relay/journal/memory_tail.hpp"

#include "relay/base/check.hpp"

#include <algorithm>
#include <utility>

namespace relay::journal {
namespace {

std::size_t memory_of(const record& of) noexcept {
    return sizeof(record) + of.member.capacity() + of.text.capacity();
}

}  // namespace

void memory_tail::push(record_ptr record) {
    RELAY_CHECK(record->header.sequence > newest());
    bytes_ += memory_of(*record);
    records_.push_back(std::move(record));
}

void memory_tail::prepend(record_ptr record) {
    if (!records_.empty() && records_.front()->header.sequence <= record->header.sequence) return;
    bytes_ += memory_of(*record);
    records_.push_front(std::move(record));
}

std::vector<record_ptr> memory_tail::evict(sequence through, sequence wanted) {
    std::vector<record_ptr> gone;
    while (!records_.empty() && oldest() <= through && (bytes_ > bytes_max_ || oldest() < wanted)) {
        bytes_ -= memory_of(*records_.front());
        gone.push_back(std::move(records_.front()));
        records_.pop_front();
    }
    return gone;
}

std::deque<record_ptr>::const_iterator memory_tail::first_after(sequence after) const {
    return std::upper_bound(
        records_.begin(), records_.end(), after,
        [](sequence wanted, const record_ptr& one) { return wanted < one->header.sequence; });
}

std::vector<record_ptr> memory_tail::after(sequence after, const read_limits& limits) const {
    std::vector<record_ptr> found;
    std::size_t bytes = 0;
    for (auto one = first_after(after); one != records_.end(); ++one) {
        bytes += std::max((*one)->text.size(), (*one)->member.size());
        if (!found.empty() && (found.size() >= limits.records || bytes > limits.bytes)) break;
        found.push_back(*one);
    }
    return found;
}

memory_tail::remainder memory_tail::behind(sequence after) const {
    remainder rest;
    for (auto one = first_after(after); one != records_.end(); ++one) {
        if (!rest.first) rest.first = *one;
        rest.member_bytes += (*one)->header.member_bytes;
    }
    return rest;
}

}  // namespace relay::journal
