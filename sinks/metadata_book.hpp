// What the namings of a sink say of their metrics, as remote write says it, and which of them the
// sink has sent. Owned and called by one delivery thread.
#pragma once

#include "protocol/metric_metadata.hpp"
#include "sinks/naming/naming.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace relay::sinks {

class metadata_book {
public:
    explicit metadata_book(std::span<const naming_kind> namings);

    /// A metric that is sent for the first time. @returns what is known of it, or null; as long as
    /// the book
    [[nodiscard]] const protocol::metric_metadata* meet(std::string_view metric);

    /// Those that were met, in the order they came.
    [[nodiscard]] std::span<const protocol::metric_metadata* const> met() const noexcept {
        return met_;
    }

private:
    std::vector<protocol::metric_metadata> all_;  // by name
    std::vector<bool> is_met_;
    std::vector<const protocol::metric_metadata*> met_;
};

}  // namespace relay::sinks
