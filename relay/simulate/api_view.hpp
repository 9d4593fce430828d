// What the functions behind the API's paths work on: the cluster in a second, as the node that is
// asked sees it, and what the token may see of it. For the sources of the API alone.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/simulate/api_target.hpp"
#include "relay/simulate/json_writer.hpp"
#include "relay/simulate/moment.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace relay::simulate {

struct api_view {
    const simulated_cluster& of;
    const moment& now;
    const api_target& asked;
    std::size_t at = 0;                 // the node that is asked
    std::optional<std::size_t> node{};  // the one that the path names
    number_form numbers = number_form::plain;

    [[nodiscard]] const release& pve() const noexcept { return of.course.pve; }
    [[nodiscard]] const simulate::node& named() const { return now.shown.nodes[*node]; }
    /// A node forgets what another has said five minutes after it went silent.
    [[nodiscard]] bool is_remembered(std::size_t which) const noexcept {
        constexpr std::int64_t memory_seconds = 300;
        return now.second - now.last_heard(at, which) <= memory_seconds;
    }
    [[nodiscard]] json_writer json() const { return json_writer(numbers); }
};

struct api_failure {
    int status = 500;
    std::string message{};
    std::chrono::milliseconds delay{0};
    std::string bad_parameter{};  // of a 400
};

/// What stands behind "data", with what stands beside it; or why not.
struct api_body {
    std::string data;
    std::optional<std::size_t> total{};
};
using api_result = expected<api_body, api_failure>;

// What the token may.
[[nodiscard]] bool may(const moment& now, std::string_view path, std::string_view privilege);
[[nodiscard]] bool may_see(const moment& now, const guest& it, std::string_view privilege);

// Of the cluster.
[[nodiscard]] api_result version_body(const api_view& view);
[[nodiscard]] api_result permissions_body(const api_view& view);
[[nodiscard]] api_result cluster_status_body(const api_view& view);
[[nodiscard]] api_result nodes_body(const api_view& view);
[[nodiscard]] api_result resources_body(const api_view& view);
[[nodiscard]] api_result ha_status_body(const api_view& view);
[[nodiscard]] api_result cluster_tasks_body(const api_view& view);
[[nodiscard]] api_result pools_body(const api_view& view);
[[nodiscard]] api_result replication_jobs_body(const api_view& view);
[[nodiscard]] api_result not_backed_up_body(const api_view& view);
[[nodiscard]] api_result ceph_status_body(const api_view& view);

// Of the node that the path names.
[[nodiscard]] api_result node_status_body(const api_view& view);
[[nodiscard]] api_result subscription_body(const api_view& view);
[[nodiscard]] api_result certificates_body(const api_view& view);
[[nodiscard]] api_result zfs_body(const api_view& view);
[[nodiscard]] api_result disks_body(const api_view& view);
[[nodiscard]] api_result node_replication_body(const api_view& view);
[[nodiscard]] api_result node_storages_body(const api_view& view);
[[nodiscard]] api_result node_tasks_body(const api_view& view);
[[nodiscard]] api_result task_log_body(const api_view& view);

// Of the guest that the path names.
[[nodiscard]] api_result guest_config_body(const api_view& view);
[[nodiscard]] api_result agent_interfaces_body(const api_view& view);
[[nodiscard]] api_result lxc_interfaces_body(const api_view& view);

/// "AA:BB:…": of a certificate, where the scenario names none.
[[nodiscard]] std::string fingerprint_of(const api_view& view, const node& it);
/// The pool as that version can have it: before 8.1 none lies within another.
[[nodiscard]] std::string pool_of(const api_view& view, const guest& it);

}  // namespace relay::simulate
