#include "relay/journal/gaps.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace relay::journal {
namespace {

void keep_bound(std::vector<gap>& gaps) {
    while (gaps.size() > gaps_max) {
        auto closest = gaps.begin();
        for (auto one = gaps.begin(); std::next(one) != gaps.end(); ++one) {
            const auto distance = [](auto at) { return std::next(at)->first - at->last; };
            if (distance(one) < distance(closest)) closest = one;
        }
        closest->last = std::next(closest)->last;
        gaps.erase(std::next(closest));
    }
}

}  // namespace

void add_gap(cursor& to, gap range) {
    range.first = std::max<sequence>(range.first, 1);
    range.last = std::min(range.last, to.delivered);
    if (range.first > range.last) return;
    std::vector<gap> all;
    for (const auto& one : to.gaps) {
        if (one.last + 1 < range.first || one.first > range.last + 1) {
            all.push_back(one);
            continue;
        }
        range = {.first = std::min(range.first, one.first), .last = std::max(range.last, one.last)};
    }
    const auto behind = [&](const gap& one) { return one.first > range.last; };
    all.insert(std::find_if(all.begin(), all.end(), behind), range);
    keep_bound(all);
    to.gaps = std::move(all);
}

void remove_gap(cursor& from, gap range) {
    std::vector<gap> left;
    for (const auto& one : from.gaps) {
        if (one.last < range.first || one.first > range.last) {
            left.push_back(one);
            continue;
        }
        if (one.first < range.first) left.push_back({one.first, range.first - 1});
        if (one.last > range.last) left.push_back({range.last + 1, one.last});
    }
    keep_bound(left);
    from.gaps = std::move(left);
}

sequence complete_through(const cursor& position) noexcept {
    return position.gaps.empty() ? position.delivered : position.gaps.front().first - 1;
}

std::uint64_t missing(const cursor& position, sequence first, sequence last) noexcept {
    std::uint64_t records =
        last > position.delivered ? last - std::max(first - 1, position.delivered) : 0;
    for (const auto& one : position.gaps) {
        const auto from = std::max(one.first, first);
        const auto to = std::min(one.last, last);
        if (from <= to) records += to - from + 1;
    }
    return records;
}

sequence first_missing(const cursor& position, sequence from) noexcept {
    for (const auto& one : position.gaps) {
        if (one.last >= from) return std::max(one.first, from);
    }
    return std::max(position.delivered + 1, from);
}

std::uint64_t owed(const cursor& position) noexcept {
    return missing(position, 1, position.delivered);
}

}  // namespace relay::journal
