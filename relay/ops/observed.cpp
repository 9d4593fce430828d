#include "relay/ops/observed.hpp"

namespace relay::ops {

std::optional<std::string> not_ready(const observed& relay) {
    if (relay.journal == nullptr) return "the journal is not open";
    if (relay.journal->memory_only.value() != 0) {
        return "the journal's disk takes nothing: what arrives is in memory only";
    }
    return {};
}

}  // namespace relay::ops
