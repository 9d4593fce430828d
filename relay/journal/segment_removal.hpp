// Unlinks a segment that left the catalog, with what recovery had set aside of it. Before that it
// reads the headers of what a sink still needed (one pass, no payload) and tells the operator what
// that costs whom, to the point.
#pragma once

#include "relay/base/log.hpp"
#include "relay/journal/catalog.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment.hpp"

namespace relay::journal {

void remove_segment(disk& from, catalog& records, const removal& taken, log& log);

}  // namespace relay::journal
