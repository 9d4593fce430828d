// A point as the journal keeps it: tags sorted by key, our constant tags among them,
// numbers as they were sent, time in nanoseconds.
#pragma once

#include "protocol/point.hpp"
#include "relay/ingest/constant_tags.hpp"
#include "relay/ingest/tag_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::ingest {

/// Each appends a part of the line to `out`; the functions of line_writer.hpp would append the
/// same, but one name and one value at a time. What stands in the input as the writer would spell
/// it is copied whole.

/// Measurement and tags.
/// @param input the text that the parser read the point from
/// @param plan of the point's tags and the keys of `ours`
void append_series_key(std::string& out, const protocol::point& point, std::string_view input,
                       const tag_plan& plan, const constant_tags& ours);

/// Fields, with the space before them.
/// @param canonical_text the parser's, if no field was changed since; else empty
void append_fields(std::string& out, const protocol::point& point, std::string_view canonical_text);

/// Writes the same time again without counting its digits out.
class time_writer {
public:
    /// With the space before it and the newline behind it.
    void append(std::string& out, std::int64_t time_ns);

private:
    std::int64_t time_ns_ = 0;
    std::string text_;  // of time_ns_; empty at first
};

}  // namespace relay::ingest
