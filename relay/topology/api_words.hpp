// What the operator is told when the API does not answer as it should, and what mends it. Pure.
#pragma once

#include "relay/topology/snapshot.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace relay::topology {

struct outcome;

/// "401 Authentication failed!", or why there was no answer. Printable.
[[nodiscard]] std::string words_of(const outcome& came);

/// What to do where a connection failed, as the end of a sentence: "; set …"; empty where only the
/// network can help.
[[nodiscard]] std::string remedy_of(std::string_view why);

/// What to look at where the token is refused.
[[nodiscard]] std::string token_remedy(std::string_view token_id);

/// @param reason "Permission check failed (/, Sys.Audit)"
[[nodiscard]] std::string forbidden_remedy(std::string_view reason, std::string_view token_id);

/// One thing that the token should see and does not, and the commands that change that.
struct rights_advice {
    std::string right{};     // "Sys.Audit"; "none" where the token has no right at all
    std::string text{};      // a sentence
    std::string commands{};  // for a root shell of any node
};

/// What is missing, the most important first; empty: nothing.
/// @param version of the node that was asked: what the guest agent needs differs
[[nodiscard]] std::vector<rights_advice> advise(const rights& found, std::string_view token_id,
                                                std::string_view version);

/// The commands that give PVEAuditor to the token and to its user: a token with privilege
/// separation has what both have.
[[nodiscard]] std::string auditor_commands(std::string_view token_id);

}  // namespace relay::topology
