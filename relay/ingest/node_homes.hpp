// Which node sends for which cluster. Two rules that do not agree let one node's lines arrive under
// two names, over HTTP as one cluster's and over UDP as another's, say: its guests then exist twice
// in every store, and each has half of its points. And a node that the cluster's own API does not
// have sends under a wrong name.
//
// A node is told by its name and the address it sends from, since every other cluster has a "pve1";
// a vmid alone tells nothing, since every cluster has a 100. Shared by all intakes; told once per
// body or datagram. Any thread. Bounded.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/counter.hpp"
#include "relay/base/locked.hpp"
#include "relay/base/log.hpp"
#include "relay/topology/snapshot.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace relay::ingest {

struct node_home_counters {
    shared_counter two_clusters;  // bodies and datagrams of a node that sends as two clusters
    shared_counter strangers;     // … of a node that the cluster's API does not have
};

class node_homes {
public:
    /// @param board outlives this; null where no API is asked
    node_homes(relay::log& log, const topology::snapshot_board* board) : log_(log), board_(board) {}

    /// A body or datagram of that node was taken.
    /// @param from the sender's address
    void saw(std::string_view node, std::string_view from, std::string_view cluster,
             steady_time now);

    [[nodiscard]] const node_home_counters& counters() const noexcept { return counters_; }

    /// Nodes of all clusters behind one relay.
    static constexpr std::size_t nodes_max = 4096;

private:
    struct home {
        std::string cluster{};
        std::string other{};                            // the one before, if there was another
        steady_time other_until{};                      // after it, to come back is to move
        steady_time next_warning = steady_time::min();  // of either kind
        steady_time strange_since{};
        bool is_strange = false;
    };
    enum class finding : std::uint8_t { none, two_clusters, stranger };

    [[nodiscard]] finding judge(home& known, std::string_view node, std::string_view cluster,
                                steady_time now) const;
    [[nodiscard]] bool is_stranger(std::string_view node, std::string_view cluster) const;

    relay::log& log_;
    const topology::snapshot_board* const board_;
    node_home_counters counters_;
    locked<boost::unordered_flat_map<std::uint64_t, home>> homes_;  // by hash of name and address
};

}  // namespace relay::ingest
