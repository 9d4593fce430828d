// What an operator may choose about presence, and what it counts.
#pragma once

#include "relay/base/counter.hpp"
#include "relay/ingest/presence_lines.hpp"

#include <chrono>
#include <cstddef>

namespace relay::ingest {

struct presence_options {
    bool is_enabled = true;
    /// A node is silent after so long at the earliest: three cycles of pvestatd and half a one
    /// more, so that the cycle that its restart skips is not an end.
    std::chrono::milliseconds node_silent_min{35'000};
    /// What is absent is spoken of until the API confirms that it was deleted; where nobody can,
    /// for so long.
    std::chrono::hours forget_after{24};
    /// Prometheus looks back five minutes for a value: ten chances, at 3 % of the lines that
    /// Proxmox sends. What changes is said at once.
    std::chrono::seconds up_interval{30};
    /// Nodes, guests and storages of all clusters: fifty clusters of 2,000 guests, 30 MB if there
    /// really are so many. Names are the senders' to invent.
    std::size_t objects_max = 100'000;
    bool operator==(const presence_options&) const = default;
};

struct presence_counters {
    shared_counter events[event_kinds];
    shared_counter untracked;  // sightings of objects beyond objects_max
    gauge objects;             // tracked now
};

}  // namespace relay::ingest
