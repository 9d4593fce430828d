#include "relay/ops/topology_json.hpp"

#include "relay/topology/api_words.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>

namespace relay::ops {
namespace {

namespace json = boost::json;

json::array silent_json(const topology::api_counters& counters) {
    const auto silent = counters.silent.with([](const auto& all) { return all; });
    json::array out;
    for (const auto& [target, is_silent] : silent) {
        if (is_silent) out.push_back(json::string(target));
    }
    return out;
}

/// Each with the sentence and the commands that the log has.
json::array missing_json(const topology::snapshot& known, const std::string& token_id) {
    json::array out;
    if (!known.rights) return out;
    for (const auto& one : topology::advise(*known.rights, token_id, known.version)) {
        out.push_back({{"right", one.right}, {"text", one.text}, {"commands", one.commands}});
    }
    return out;
}

void add_known(json::object& to, const topology::snapshot& known, wall_time now) {
    const auto taken = wall_time(std::chrono::seconds(known.taken_s));
    const auto age = std::chrono::floor<std::chrono::seconds>(now - taken).count();
    to["proxmox_name"] = known.name;
    to["version"] = known.version;
    to["quorate"] = known.is_quorate ? json::value(*known.is_quorate) : json::value();
    to["age_seconds"] =
        known.taken_s == 0 ? json::value() : json::value(std::max<std::int64_t>(0, age));
    to["nodes"] = known.nodes.size();
    to["guests"] = known.guests.size();
}

}  // namespace

json::object cluster_json(const observed& relay, const observed_cluster& one, wall_time now) {
    json::object out{{"name", one.name}};
    const auto known = relay.board == nullptr ? nullptr : relay.board->find(one.name);
    if (known != nullptr) add_known(out, *known, now);
    out["token_refused"] = one.counters->token_refused.value() != 0;
    out["unanswered"] = silent_json(*one.counters);
    out["rights_missing"] = known == nullptr ? json::array() : missing_json(*known, one.token_id);
    out["last_error"] = one.counters->last_error.with([](const auto& text) { return text; });
    return out;
}

}  // namespace relay::ops
