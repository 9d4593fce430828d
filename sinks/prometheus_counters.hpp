// What a Prometheus sink has made of its records. Written by its delivery thread, read by ops at
// any time.
#pragma once

#include "relay/base/counter.hpp"

namespace relay::sinks {

/// Counted whenever a request is made, so twice for what is sent twice.
struct prometheus_counters {
    counter over_max_series;   // units of lines left out by max_series
    counter same_series;       // samples left out: their series was in the request, at that time
    counter without_sample;    // units that a naming makes nothing of (an empty string)
    counter said_by_another;   // samples left out: another line speaks of it (sole_speakers.hpp)
    counter unreadable;        // lines that the parser refuses, or without a time
    counter oversize;          // units larger than body_bytes_max
    counter duplicate_labels;  // tags left out because sanitising made their names equal
    counter stale_markers;     // series that ended
    counter after_end;         // units of lines left out: not newer than the end of their series
    counter unkept_lines;      // beyond known_lines_bytes: their end will not be noticed
    gauge series;              // of the last hour or two, as max_series counts them
    gauge ending_lines;        // lines whose end will be noticed
};

}  // namespace relay::sinks
