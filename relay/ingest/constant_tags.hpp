// Tags of ours on a line: `cluster` and the operator's [tags] on every line of a lane, and what
// [enrich] adds to a guest's. Sorted and escaped once, so that a line costs a merge and a copy.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::ingest {

/// Ascending, unique. Shared by all sets of tags that differ in their values alone: what follows
/// from keys is remembered by the list's identity, for as long as it is held.
using tag_keys = std::shared_ptr<const std::vector<std::string>>;

struct constant_tags {
    tag_keys keys = std::make_shared<const std::vector<std::string>>();
    std::string written{};               // ",cluster=lab,site=berlin", escaped
    std::vector<std::uint32_t> ends{0};  // the tag of key i is [ends[i], ends[i + 1]) of it, or
                                         // nothing: then a sender's own is left out all the same
};

/// `cluster` wins over an operator's tag of that key; an empty name or value is left out.
[[nodiscard]] constant_tags make_constant_tags(
    std::string_view cluster, const std::vector<std::pair<std::string, std::string>>& tags);

/// Appends the tag of the next key. A value that is empty, or that no store would read as it is,
/// is left out.
void append_constant_tag(constant_tags& to, std::string_view key, std::string_view value);

}  // namespace relay::ingest
