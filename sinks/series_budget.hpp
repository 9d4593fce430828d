// max_series: a bound on the series that a sink feeds, so that a sender that invents names cannot
// fill a store. Counted by line (measurement and labels), which keeps it off the way of each
// sample: a line counts as many series as it ever had samples. A new line beyond the bound is left
// out; a line that is in stays in, even where it gains a field.
//
// A request that is made again is the same: which lines it left out is remembered until a request
// begins where it ended or elsewhere. Otherwise a line that was left out with many fields would be
// in it with the few that it has later, and the search for a bad sample would count other units.
//
// A series is forgotten one to two hours after it was last seen, by the records' append times:
// guests come and go, and a clock is none of a sink's business.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>

namespace relay::sinks {

/// A unit of a record, where a request begins or ends.
struct unit_place {
    std::uint64_t record = 0;  // its sequence
    std::size_t unit = 0;
    auto operator<=>(const unit_place&) const = default;
};

/// Not thread-safe.
class series_budget {
public:
    explicit series_budget(std::size_t series_max) noexcept : series_max_(series_max) {}

    /// Before each request, with the append time of its first record: what is forgotten is
    /// forgotten between requests, so that the same request made again is the same.
    void begin(std::int64_t appended_ns);

    /// A request begins there. One within what was sent last is a part of it that is made again.
    void begin_request(const unit_place& from);
    void end_request(const unit_place& to);

    /// Whether the line's samples may be sent.
    [[nodiscard]] bool admit(std::uint64_t line, std::size_t samples);

    /// Grows when lines are forgotten, from 1. A line that was admitted in this round is admitted
    /// again with as many samples, and need not ask.
    [[nodiscard]] std::uint64_t round() const noexcept { return round_; }

    [[nodiscard]] std::size_t series() const noexcept { return current_series_ + older_series_; }

private:
    using lines = boost::unordered_flat_map<std::uint64_t, std::uint32_t>;

    std::size_t series_max_;
    std::uint64_t round_ = 1;
    std::int64_t hour_began_ns_ = 0;
    lines current_;  // seen since then
    lines older_;    // seen in the hour before, and not since
    std::size_t current_series_ = 0;
    std::size_t older_series_ = 0;
    // Since the first of the requests that were made from the same units:
    lines left_out_;
    unit_place first_;
    unit_place end_;
};

}  // namespace relay::sinks
