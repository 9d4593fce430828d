// How often each call is made, and which goes first where several wait. The numbers weigh what an
// answer is worth against what it costs a node (docs/topology.md says both). Pure.
#pragma once

#include "relay/topology/api_call.hpp"

#include <chrono>

namespace relay::topology {

/// What a call is about: the whole cluster, a node, or a guest.
enum class scope : std::uint8_t { cluster, node, guest };
[[nodiscard]] scope scope_of(ask what) noexcept;

/// From one answer to the next question.
[[nodiscard]] std::chrono::seconds period_of(ask what) noexcept;

/// Lower goes first.
[[nodiscard]] int rank_of(ask what) noexcept;

/// Whether the node works for long on its answer: disks are asked, storages activated.
[[nodiscard]] bool is_slow(ask what) noexcept;

}  // namespace relay::topology
