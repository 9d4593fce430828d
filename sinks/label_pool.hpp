// Labels that many kinds of lines have in common, each kept once: every guest's name makes a kind
// of its own (named_lines.hpp), and all of them become the same thirty metrics. A request then
// copies a metric's name from whichever line had it last.
#pragma once

#include "protocol/remote_write.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace relay::sinks {

/// Shared, because a label lives as long as the pool or any kind has it.
using pooled_label = std::shared_ptr<protocol::shared_label>;

/// Not thread-safe.
class label_pool {
public:
    /// The label, or one of the caller's own where the pool does not have it.
    [[nodiscard]] pooled_label find_or_make(const protocol::label& from) const;

    /// From now on it is found. Of two labels with one hash the second never is.
    void keep(const pooled_label& label);

    /// Memory that it takes, about.
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    void clear();

private:
    boost::unordered_flat_map<std::uint64_t, pooled_label> labels_;
    std::size_t bytes_ = 0;
};

}  // namespace relay::sinks
