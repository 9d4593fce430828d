// Unlinks a segment that left the catalog, with what recovery had set aside of it, and tells the
// operator what that cost which sink.
#pragma once

#include "relay/base/log.hpp"
#include "relay/journal/disk.hpp"
#include "relay/journal/segment.hpp"

namespace relay::journal {

void remove_segment(disk& from, const removal& taken, log& log);

}  // namespace relay::journal
