// Who is there: every intake tells what it has seen at the end of a body or datagram, a timer asks
// what is up and what has fallen silent. One per process, because a node may push to any listener.
//
// Any thread. A lock per cluster, taken for the microseconds that a body's objects take, never on
// the way of a line.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/base/locked.hpp"
#include "relay/ingest/cluster_presence.hpp"
#include "relay/ingest/presence_options.hpp"
#include "relay/ingest/sightings.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ingest {

class presence {
public:
    using shared_cluster = locked<cluster_presence>;

    explicit presence(const presence_options& options) : options_(options) {}

    /// Where the lines of a cluster are told. Its address holds as long as this.
    [[nodiscard]] shared_cluster& of(const std::string& cluster);

    /// What there is to say, about once a second; clusters that have nothing are left out.
    [[nodiscard]] std::vector<announcement> look(moment now, const topology::snapshot_board& known);

    /// The bucket that the cluster's nodes named last, in this process or the one before.
    [[nodiscard]] std::string bucket_of(const std::string& cluster) const;

    [[nodiscard]] std::vector<presence_overview> overview() const;
    [[nodiscard]] const presence_counters& counters() const noexcept { return counters_; }

    /// Forgets all of every other cluster, without a word: it was taken out of the configuration.
    void keep_only(const std::vector<std::string>& clusters);

    /// What another process can go on with, as text; see presence_file.hpp.
    [[nodiscard]] std::string remember() const;
    /// Changes with what remember() gives, but for the times.
    [[nodiscard]] std::uint64_t version() const;
    /// @param clusters those there are; what is remembered of others is forgotten
    /// @returns why nothing of `text` was believed
    [[nodiscard]] expected<void, std::string> restore(std::string_view text,
                                                      const std::vector<std::string>& clusters,
                                                      moment now);

private:
    /// Every cluster, one at a time, without holding up the others.
    template <class F>
    void for_each(F&& f) const;

    const presence_options options_;
    presence_counters counters_;
    locked<std::map<std::string, std::unique_ptr<shared_cluster>>> clusters_;
};

}  // namespace relay::ingest
