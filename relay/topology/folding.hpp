// The answers that say all about their matter by themselves, folded into a snapshot: whoever gives
// them, in whatever order they come. Those whose belief depends on more are knowledge's. Pure.
#pragma once

#include "relay/base/expected.hpp"
#include "relay/topology/api_call.hpp"
#include "relay/topology/snapshot.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace relay::topology {

/// @returns how many items of the answer could not be used; why not where nothing of it could:
/// then `into` is unchanged. What an answer says of a node or guest that is not known (any more)
/// is left out. Calls that are not of this kind change nothing.
[[nodiscard]] expected<std::size_t, std::string> fold_answer(snapshot& into, const api_call& call,
                                                             std::string_view body);

}  // namespace relay::topology
