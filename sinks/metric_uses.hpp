// Whether the metrics of a measurement are its own. Where they are, no line of another measurement
// can become one of its series, and a request need look for a series twice only among the lines
// that have its labels and its measurement (request_lines.hpp).
//
// They nearly always are. But `a_b c=1` and `a b_c=1` are both metric a_b_c; and {state="x"} may be
// a tag of one line and what a state set adds to another; and a sample may have other labels than
// its line. So a metric is its measurement's own if it is made of that one alone, always with its
// line's labels, and always with the same extra label or always with none: then two series of it
// are the same only if the labels of their lines are.
#pragma once

#include "sinks/naming/naming.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace relay::sinks {

/// A measurement, for as long as the metric_uses.
struct metric_owner {
    bool is_alone = true;
};

/// Known by hashes, like the series of a request. Not thread-safe.
class metric_uses {
public:
    /// Notes what lines of a measurement become.
    /// @param measurement its hash
    const metric_owner& note(std::uint64_t measurement, std::span<const named_sample> samples);

    /// Grows whenever an owner turns out not to be alone.
    [[nodiscard]] std::size_t conflicts() const noexcept { return conflicts_; }

    /// Owners end here.
    void clear();

private:
    struct use {
        metric_owner* owner;
        std::uint64_t extra_name;  // its hash; 0: there is none
    };
    void tell_not_alone(metric_owner& owner) noexcept;

    boost::unordered_flat_map<std::uint64_t, std::unique_ptr<metric_owner>> owners_;
    boost::unordered_flat_map<std::uint64_t, use> metrics_;
    std::size_t conflicts_ = 0;
};

}  // namespace relay::sinks
