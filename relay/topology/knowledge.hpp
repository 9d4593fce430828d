// What is known of one cluster: folds the answers of its API, one after another and in whatever
// order they come, into one snapshot. Decides what is believed; asks nothing and waits for nothing.
//
//     knowledge known("lab", last_snapshot_from_disk);
//     if (auto taken = known.take(call, body, now, place); !taken) tell(taken.error());
//     board.publish(known.snapshot());
//
// What is remembered although an answer no longer says it: a guest's name, size and template mark
// (Proxmox forgets them while the guest's node is down), its configuration, addresses and backups.
// All of it goes with the guest, once /cluster/resources of a quorate node no longer lists it.
//
// Topology thread only; the snapshots it hands out belong to everybody.
#pragma once

#include "relay/base/clock.hpp"
#include "relay/base/expected.hpp"
#include "relay/topology/api_call.hpp"
#include "relay/topology/api_reply.hpp"
#include "relay/topology/rights.hpp"
#include "relay/topology/snapshot.hpp"
#include "relay/topology/task_book.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

class knowledge {
public:
    /// `last`: what an earlier run of the relay knew. Null where there is none.
    explicit knowledge(std::string cluster, const snapshot_ptr& last = nullptr,
                       guest_addresses_are addresses = guest_addresses_are::not_asked);

    /// Folds the body of a 2xx in. `answered_by` is whatever names the place that was asked (its
    /// URL), always spelt the same: whether a place is quorate is known of that place alone.
    ///
    /// On an error, which says why for an operator, the answer changed nothing. One is worth acting
    /// on: /cluster/resources that is not believed because its place may have no quorum will be
    /// believed once /cluster/status of the same place says that it has.
    [[nodiscard]] expected<void, std::string> take(const api_call& call, std::string_view body,
                                                   wall_time now,
                                                   std::string_view answered_by = {});

    /// A request goes out that a restart of the relay should not repeat at once.
    void note_asked(const api_call& call, wall_time now);

    /// All that is known; the same pointer while nothing changed. Never null.
    [[nodiscard]] snapshot_ptr snapshot() const { return latest_; }

    /// Logs of backup runs that would tell more than is known: calls of ask::task_log, the newest
    /// run first. One leaves when its answer is taken or with forget_log().
    [[nodiscard]] const std::vector<api_call>& logs_wanted() const noexcept {
        return tasks_.logs_wanted();
    }
    /// Where a log cannot be had (403, 500: its file is gone). A run that was about one guest tells
    /// its result even so.
    void forget_log(std::string_view upid);

    /// Items of lists that could not be used, since the start.
    [[nodiscard]] std::uint64_t items_lost() const noexcept { return items_lost_; }

private:
    using outcome = expected<void, std::string>;
    struct place {
        bool is_quorate = false;
        wall_time said_at{};
    };

    outcome fold(topology::snapshot& into, const api_call& call, std::string_view body,
                 wall_time now, std::string_view answered_by);
    outcome take_permissions(topology::snapshot& into, std::string_view body, wall_time now);
    outcome take_version(topology::snapshot& into, std::string_view body);
    outcome take_cluster_status(topology::snapshot& into, std::string_view body, wall_time now,
                                std::string_view answered_by);
    outcome take_resources(topology::snapshot& into, std::string_view body, wall_time now,
                           std::string_view answered_by);
    outcome take_tasks(topology::snapshot& into, std::string_view body, wall_time now);
    outcome take_log(topology::snapshot& into, const std::string& upid, std::string_view body);

    /// Why the states that `said` tells are not believed; nothing where they are.
    [[nodiscard]] std::optional<std::string> doubt_quorum(const resources& said, wall_time now,
                                                          std::string_view answered_by) const;
    [[nodiscard]] std::optional<std::string> doubt_emptiness(const resources& said, wall_time now);
    [[nodiscard]] std::optional<bool> quorum_said_by(std::string_view answered_by,
                                                     wall_time now) const;

    const guest_addresses_are addresses_;
    snapshot_ptr latest_;
    std::map<std::string, place, std::less<>> places_;
    std::optional<permissions> granted_;  // as last read, of this run
    std::optional<wall_time> granted_at_;
    std::optional<wall_time> empty_since_;  // since when no guest is listed though some are known
    task_book tasks_;
    std::uint64_t items_lost_ = 0;
};

}  // namespace relay::topology
