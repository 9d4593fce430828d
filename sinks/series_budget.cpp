#include "sinks/series_budget.hpp"

#include <algorithm>
#include <utility>

namespace relay::sinks {

namespace {
constexpr std::int64_t hour_ns = 3'600'000'000'000;
}

void series_budget::begin(std::int64_t appended_ns) {
    if (appended_ns - hour_began_ns_ < hour_ns) return;  // a replay of older records, too
    hour_began_ns_ = appended_ns;
    ++round_;
    older_ = std::exchange(current_, {});
    older_series_ = std::exchange(current_series_, 0);
}

void series_budget::begin_request(const unit_place& from) {
    if (first_ <= from && from < end_) return;
    left_out_.clear();
    first_ = end_ = from;
}

void series_budget::end_request(const unit_place& to) {
    end_ = std::max(end_, to);
}

bool series_budget::admit(std::uint64_t line, std::size_t samples) {
    const auto count = static_cast<std::uint32_t>(samples);
    if (const auto found = current_.find(line); found != current_.end()) {
        const auto more = std::max(found->second, count) - found->second;
        found->second += more;
        current_series_ += more;
        return true;
    }
    auto had = count;
    if (const auto found = older_.find(line); found != older_.end()) {
        had = std::max(had, found->second);
        older_series_ -= found->second;
        older_.erase(found);
    } else if (left_out_.contains(line) || series() + count > series_max_) {
        left_out_.try_emplace(line, count);
        return false;
    }
    current_.emplace(line, had);
    current_series_ += had;
    return true;
}

}  // namespace relay::sinks
