// A simulated cluster in one second of a scenario: where its guests are, what they are called,
// which nodes are there and who sees whom. Pure: of the same cluster, scenario and second it is the
// same.
#pragma once

#include "relay/simulate/scenario.hpp"
#include "relay/simulate/world.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::simulate {

/// A cluster and what will have happened to it.
struct simulated_cluster {
    cluster base;
    scenario course{};
    std::int64_t begin = 0;  // the second that the scenario counts from
};

struct presence {
    std::optional<std::int64_t> offline_since{};
    std::optional<std::int64_t> isolated_since{};  // without quorum
    [[nodiscard]] bool is_online() const noexcept { return !offline_since; }
};

struct moment {
    std::int64_t second = 0;
    cluster shown{};
    std::vector<presence> nodes{};  // as shown.nodes
    access_list rights{};
    std::map<std::pair<std::string, std::string>, std::int64_t> dead_since{};  // node, storage
    std::map<std::string, std::string, std::less<>> zfs_health{};              // by node
    std::string ceph_health = "HEALTH_OK";

    /// The last second that node `from` heard of node `of`.
    [[nodiscard]] std::int64_t last_heard(std::size_t from, std::size_t of) const noexcept;
    [[nodiscard]] bool sees(std::size_t from, std::size_t of) const noexcept {
        return last_heard(from, of) == second;
    }
    /// Its own idea, as corosync's.
    [[nodiscard]] bool is_quorate(std::size_t from) const noexcept;
    [[nodiscard]] std::optional<std::size_t> find_node(std::string_view name) const noexcept;
};

[[nodiscard]] moment moment_of(const simulated_cluster& of, std::int64_t second);
/// Without the locks of guests that are being backed up: which ones are follows from this.
[[nodiscard]] moment moment_without_locks(const simulated_cluster& of, std::int64_t second);

/// The node that a guest is on in that second, and its kind; nothing where there is none. Costs
/// much less than a moment.
struct whereabouts {
    std::size_t node = 0;
    guest_kind kind = guest_kind::qemu;
};
[[nodiscard]] std::optional<whereabouts> whereabouts_of(const simulated_cluster& of,
                                                        std::uint32_t vmid, std::int64_t second);

/// What the node at `index` pushes from: itself in that second, with the storages that answer.
/// Nothing where it is offline.
[[nodiscard]] std::optional<node> pushing_node_at(const simulated_cluster& of, std::size_t index,
                                                  std::int64_t second);

}  // namespace relay::simulate
