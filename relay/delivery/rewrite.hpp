// A record as one sink is to see it: with the lines that its `only` wants, and no others. All that
// follows, places and units, searches and dead letters, is of that record.
//
// Owned by one delivery; the record it is given stays as it is for everybody else.
#pragma once

#include "protocol/gzip_member.hpp"
#include "relay/journal/record.hpp"
#include "sinks/line_filter.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace relay::delivery {

class rewrite {
public:
    /// @param with_text the sink reads text; else it is given members
    rewrite(const sinks::line_filter& filter, bool with_text)
        : sieve_(filter),
          passes_all_(filter.passes_all()),
          with_text_(with_text) {}

    struct result {
        journal::record_ptr record;  // null where nothing is left
        std::uint64_t left_out = 0;  // lines
    };
    [[nodiscard]] result apply(journal::record_ptr record);

private:
    [[nodiscard]] bool inflate(const journal::record& record);
    [[nodiscard]] journal::record_ptr made_of(const journal::record& original, std::uint32_t lines);

    const sinks::line_sieve sieve_;
    const bool passes_all_;
    const bool with_text_;
    std::optional<protocol::gzip_compressor> compressor_;  // made when first needed: 300 KiB
    std::string inflated_;
    std::string kept_;
};

}  // namespace relay::delivery
