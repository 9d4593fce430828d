// A cluster that a plan asks, in simulated time: hours pass in milliseconds. It answers after a
// while, as a test says, and counts what it was asked.
#pragma once

#include "relay/topology/plan.hpp"
#include "tests/support/recording_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace relay::topology {

using namespace std::chrono_literals;

class rehearsed_cluster {
public:
    struct sent {
        steady_time at;
        errand what;
    };

    rehearsed_cluster(std::size_t nodes, std::size_t guests, std::size_t addresses,
                      plan_options options = {}) {
        for (std::size_t i = 0; i < nodes; ++i)
            known.nodes.push_back({.name = node_name(i), .status = "online"});
        for (std::uint32_t i = 0; i < guests; ++i) {
            known.guests.push_back(
                {.id = {i % 2 == 0 ? guest_kind::qemu : guest_kind::lxc, 100 + i},
                 .node = node_name(i % nodes),
                 .name = "guest",
                 .status = "running"});
        }
        known.is_quorate = true;
        options.cluster = "lab";
        options.token_id = "relay@pve!relay";
        for (std::size_t i = 0; i < addresses; ++i)
            options.addresses.push_back("https://" + node_name(i) + ":8006");
        asked = std::make_unique<plan>(std::move(options), 4711, log, now.steady);
    }

    static std::string node_name(std::size_t i) {
        return (i < 9 ? "pve0" : "pve") + std::to_string(i + 1);
    }

    /// What an errand comes to; a test changes it.
    std::function<outcome(const errand&)> answer = [](const errand&) {
        return outcome{.status = 200, .elapsed = 50ms};
    };

    void run(std::chrono::milliseconds span) {
        const auto end = now.steady + span;
        while (now.steady <= end) {
            while (auto next = asked->next(now))
                start(*next);
            auto then = asked->due(now.steady);
            for (const auto& one : flying)
                then = std::min(then, one.lands);
            if (then == steady_time::max()) ADD_FAILURE() << "nothing will ever be asked again";
            advance(std::clamp(then, now.steady + 1ms, end + 1ms));
            land();
        }
    }

    [[nodiscard]] std::size_t count(ask what) const {
        return std::ranges::count_if(all,
                                     [&](const auto& one) { return one.what.call.what == what; });
    }
    [[nodiscard]] std::size_t count_since(steady_time since) const {
        return std::ranges::count_if(all, [&](const auto& one) { return one.at >= since; });
    }
    [[nodiscard]] std::vector<std::string> said(severity level) const {
        std::vector<std::string> found;
        for (const auto& [at, text] : log.messages) {
            if (at == level) found.push_back(text);
        }
        return found;
    }

    moment now{.steady = steady_time(1h), .wall = wall_time(1'755'785'271s)};
    snapshot known;  // what the answers would have said
    std::vector<sent> all;
    std::size_t most_at_one_node = 0;
    std::size_t most_at_once = 0;
    tests::recording_log log;
    std::unique_ptr<plan> asked;

private:
    struct flight {
        steady_time lands;
        errand what;
        outcome came;
    };

    void start(const errand& what) {
        all.push_back({now.steady, what});
        auto came = answer(what);
        flying.push_back({now.steady + std::max<std::chrono::milliseconds>(came.elapsed, 1ms), what,
                          std::move(came)});
        std::map<std::string, std::size_t> at_node;
        for (const auto& one : flying) {
            const auto through = node_name(one.what.address);
            ++at_node[through];
            const auto& target = one.what.call.node;
            if (!target.empty() && target != through) ++at_node[target];
        }
        for (const auto& [name, busy] : at_node)
            most_at_one_node = std::max(most_at_one_node, busy);
        most_at_once = std::max(most_at_once, flying.size());
    }

    void advance(steady_time then) {
        now.wall += then - now.steady;
        now.steady = then;
    }

    void land() {
        auto landed =
            std::ranges::partition(flying, [&](const auto& one) { return one.lands > now.steady; });
        const std::vector<flight> done(landed.begin(), landed.end());
        flying.erase(landed.begin(), landed.end());
        for (const auto& one : done) {
            asked->done(one.what, one.came, now.steady);
            if (one.came.status != 200 || !one.came.doubt.empty()) continue;
            if (one.what.call.what == ask::cluster_status) {
                asked->meet(one.what.address, node_name(one.what.address));
            }
            const bool is_news = one.what.call.what == ask::cluster_resources ||
                                 one.what.call.what == ask::permissions;
            if (one.what.call.what == ask::cluster_resources) has_answered = true;
            if (is_news && has_answered) asked->learn(known, now);
        }
    }

    std::vector<flight> flying;
    bool has_answered = false;
};

}  // namespace relay::topology
