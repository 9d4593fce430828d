// What a snapshot knows, as lines of the relay's own: relay_guest_info, relay_zfs_pool and so on.
// Each with its tags, fields and units is in docs/naming.md. They go through ingest like a
// sender's, which adds the cluster and [tags]. Pure.
//
// What is not known is left out, never 0; an object of which nothing is known has no line.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <string>

namespace relay::topology {

/// Appends a line for each thing known, all with `time_ns` (nanoseconds since 1970).
void append_inventory(std::string& out, const snapshot& of, std::int64_t time_ns);

}  // namespace relay::topology
