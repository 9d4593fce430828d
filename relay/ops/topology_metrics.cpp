#include "relay/ops/topology_metrics.hpp"

#include "relay/topology/api_words.hpp"

#include <algorithm>
#include <string>

namespace relay::ops {
namespace {

using namespace metrics;

topology::snapshot_ptr known_of(const observed& relay, const observed_cluster& one) {
    return relay.board == nullptr ? nullptr : relay.board->find(one.name);
}

labels labels_of(const observed_cluster& one) {
    return {{"cluster", one.name}};
}

const row<topology::api_counters> api_rows[] = {
    {"topology_doubted_answers_total", "Answers of the API that were not believed", counted,
     [](const auto& c) { return number(c.doubted); }},
    {"topology_answer_bytes_total", "Bytes of answers, inflated", counted,
     [](const auto& c) { return number(c.answered_bytes); }},
    {"topology_inventory_bytes_total", "Bytes of lines made of the answers", counted,
     [](const auto& c) { return number(c.inventory_bytes); }},
    {"topology_token_refused", "1 while the API does not take the token", level,
     [](const auto& c) { return number(c.token_refused); }},
    {"topology_saved_timestamp_seconds",
     "When what is known was last kept for the next start; 0: not since this one", level,
     [](const auto& c) { return seconds(c.saved_ns.value()); }},
};

const row<topology::snapshot> known_rows[] = {
    {"topology_name_differs", "1 where Proxmox calls the cluster otherwise than the configuration",
     level, [](const auto& s) { return !s.name.empty() && s.name != s.cluster ? 1.0 : 0.0; }},
    {"topology_guests", "Guests that are known", level,
     [](const auto& s) { return static_cast<double>(s.guests.size()); }},
    {"topology_nodes", "Nodes that are known", level,
     [](const auto& s) { return static_cast<double>(s.nodes.size()); }},
};

/// Since the relay's start where nothing was ever believed, so that one alert covers both.
double age_of(const observed& relay, const topology::snapshot_ptr& known, wall_time now) {
    const auto start = unix_nanoseconds(relay.started);
    const auto taken = known == nullptr ? 0 : known->taken_s * 1'000'000'000;
    return std::max(0.0, seconds(unix_nanoseconds(now) - (taken == 0 ? start : taken)));
}

void add_requests(page& to, const observed& relay) {
    auto& family =
        to.family("topology_requests_total",
                  "Requests to the API by call and status; none: there was no answer", counted);
    for (const auto& one : relay.clusters) {
        const auto answers = one.counters->answers.with([](const auto& all) { return all; });
        for (const auto& [of, count] : answers) {
            auto with = labels_of(one);
            with.push_back({"call", std::string(topology::to_string(of.first))});
            with.push_back({"status", of.second == 0 ? "none" : std::to_string(of.second)});
            add(family, std::move(with), static_cast<double>(count));
        }
    }
}

void add_silent(page& to, const observed& relay) {
    auto& family =
        to.family("topology_unanswered",
                  "1 while an address or a node gives no answer and is left alone", level);
    for (const auto& one : relay.clusters) {
        const auto silent = one.counters->silent.with([](const auto& all) { return all; });
        for (const auto& [target, is_silent] : silent) {
            auto with = labels_of(one);
            with.push_back({"target", target});
            add(family, std::move(with), is_silent ? 1 : 0);
        }
    }
}

void add_rights(page& to, const observed& relay) {
    auto& family = to.family("topology_right_missing",
                             "1 for each right that the token should have and has not; none: it "
                             "has no right at all",
                             level);
    for (const auto& one : relay.clusters) {
        const auto known = known_of(relay, one);
        if (known == nullptr || !known->rights) continue;
        for (const auto& each : topology::advise(*known->rights, one.token_id, known->version)) {
            auto with = labels_of(one);
            with.push_back({"right", each.right});
            add(family, std::move(with), 1);
        }
    }
}

}  // namespace

void add_topology(page& to, const observed& relay, wall_time now) {
    auto& age = to.family("topology_age_seconds",
                          "Since the API last said which guests there are, in a way that was "
                          "believed; without that since the start",
                          level);
    for (const auto& one : relay.clusters)
        add(age, labels_of(one), age_of(relay, known_of(relay, one), now));
    for (const auto& each : known_rows) {
        auto& family = to.family(each.name, each.help, each.type);
        for (const auto& one : relay.clusters) {
            if (const auto known = known_of(relay, one)) {
                add(family, labels_of(one), each.read(*known));
            }
        }
    }
    for (const auto& each : api_rows) {
        auto& family = to.family(each.name, each.help, each.type);
        for (const auto& one : relay.clusters)
            add(family, labels_of(one), each.read(*one.counters));
    }
    add_requests(to, relay);
    add_silent(to, relay);
    add_rights(to, relay);
}

}  // namespace relay::ops
