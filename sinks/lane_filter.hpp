// `only`: which lanes a sink wants. A list that is empty asks for nothing.
#pragma once

#include "relay/journal/record.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace relay::sinks {

struct lane_filter {
    std::vector<std::string> clusters;
    std::vector<std::string> buckets;
    std::vector<std::string> tenants;

    [[nodiscard]] bool passes(const journal::lane& lane) const {
        const auto has = [](const std::vector<std::string>& list, const std::string& value) {
            return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
        };
        return has(clusters, lane.cluster) && has(buckets, lane.bucket) &&
               has(tenants, lane.tenant);
    }
    bool operator==(const lane_filter&) const = default;
};

}  // namespace relay::sinks
