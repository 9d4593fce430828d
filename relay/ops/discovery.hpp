// Prometheus' HTTP service discovery (https://prometheus.io/docs/prometheus/latest/http_sd/): a
// target group for each running guest with an address, everything that is known of it as
// `__meta_pve_*`. Pure: snapshots and a query in, an answer out.
//
// Prometheus keeps its targets while an answer fails, and drops them when a list does without
// them. So what is not known is a 503, never a shorter list.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/listen/http_reply.hpp"
#include "relay/ops/discovery_options.hpp"
#include "relay/topology/snapshot.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace relay::ops {

/// `?tag=prod&port=9182`: of each that is given all must hold.
struct sd_query {
    std::vector<std::string> tags;
    std::optional<std::string> cluster, pool, node, type;
    std::optional<std::uint16_t> port;
};

/// @returns the query, or a sentence that names the parameter that is wrong: an unknown one would
/// otherwise list every guest.
[[nodiscard]] expected<sd_query, std::string> parse_sd_query(std::string_view request_target);

/// A cluster whose API is asked, and the latest that is known of it.
struct sd_cluster {
    std::string name;
    topology::snapshot_ptr known;  // null: nothing yet
};

/// The target groups as JSON, ascending by cluster and number.
/// @pre every cluster's snapshot is there
[[nodiscard]] std::string target_groups(const std::vector<sd_cluster>& clusters,
                                        const sd_options& options, const sd_query& query);

/// The page /sd: 404 where it is not set up, 503 until every cluster asked about is known.
[[nodiscard]] listen::reply sd_page(const std::vector<sd_cluster>& clusters,
                                    const sd_options& options, std::string_view request_target);

}  // namespace relay::ops
