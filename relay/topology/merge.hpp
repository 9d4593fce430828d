// Lists of an answer into lists of a snapshot: what an answer leaves out although it still holds is
// kept from what was known. Pure.
#pragma once

#include "relay/topology/api_reply.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstdint>
#include <vector>

namespace relay::topology {

/// Whether an answer listed all there is. What is missing in one of which items were lost may be
/// one of them: it stays.
enum class completeness : std::uint8_t { all, some_lost };

/// The guests that `said` lists, with what is remembered of each from `known`. Both are sorted by
/// number afterwards; a number that is listed twice is taken once.
void merge_guests(std::vector<guest>& known, std::vector<guest> said, completeness is);

/// The nodes that `said` lists, with what other calls told about each.
void merge_nodes(std::vector<node>& known, std::vector<node> said, completeness is);
void merge_storages(std::vector<storage>& known, std::vector<storage> said, completeness is);
void merge_pools(std::vector<pool>& known, std::vector<pool> said, completeness is);

/// Those of `known` that `said` names, told by `change(known, said)`; others are left as they are.
template <class Change>
void update_nodes(std::vector<node>& known, const std::vector<node>& said, Change&& change) {
    for (const auto& one : said) {
        for (auto& old : known) {
            if (old.name == one.name) change(old, one);
        }
    }
}

}  // namespace relay::topology
