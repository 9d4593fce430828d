// The tags that every line of a lane gets: `cluster` and the operator's [tags]. Sorted and escaped
// once, so that a line costs a merge and a copy.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

struct constant_tag {
    std::string key;
    std::string written;  // ",key=value", escaped
};

/// Ascending by key; keys are unique.
using constant_tags = std::vector<constant_tag>;

/// `cluster` wins over an operator's tag of that key; an empty name or value is left out.
[[nodiscard]] constant_tags make_constant_tags(
    std::string_view cluster, const std::vector<std::pair<std::string, std::string>>& tags);

}  // namespace relay::ingest
