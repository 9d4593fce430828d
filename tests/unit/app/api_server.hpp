// The API of a simulated cluster behind a real socket, and a configuration that asks it.
#pragma once

#include "relay/config/settings.hpp"
#include "relay/simulate/api.hpp"
#include "tests/support/loopback_server.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace relay {

class api_server {
public:
    explicit api_server(std::string_view scenario = {}, unsigned nodes = 2) {
        auto course = simulate::parse_scenario(scenario);
        if (!course) throw std::invalid_argument(course.error());
        simulate::world_options world;
        world.nodes = nodes;
        world.guests_per_node = 2;
        cluster_.base = simulate::make_world(world).clusters.front();
        cluster_.course = std::move(*course);
        cluster_.begin = begin;
    }

    [[nodiscard]] topology::api_options options(const std::string& cluster = "lab") const {
        topology::api_options api;
        api.cluster = cluster;
        api.nodes = {server_.url("")};
        api.token_id = "relay@pve!relay";
        api.token = secret(cluster_.course.token.substr(cluster_.course.token.find('=') + 1));
        api.requests_per_second = 100;
        return api;
    }
    /// A configuration of this cluster alone; without a name where `name` is empty.
    [[nodiscard]] config::settings settings(const std::string& name = "lab") const {
        config::settings made;
        made.clusters.emplace_back().name = name;
        made.apis.push_back(options(name));
        return made;
    }

private:
    static constexpr std::int64_t begin = 1'755'785'270;

    tests::reply answer(const tests::received& asked) const {
        const auto target = asked.head.substr(4, asked.head.find(' ', 4) - 4);
        constexpr std::string_view name = "\r\nAuthorization: ";
        const auto at = asked.head.find(name) + name.size();
        const auto token = asked.head.substr(at, asked.head.find("\r\n", at) - at);
        const auto said = simulate::answer_api(cluster_, {.target = target, .authorization = token},
                                               begin + 1, 0);
        return tests::http_reply(said.status, said.body);
    }

    simulate::simulated_cluster cluster_;
    tests::loopback_server server_{[this](const auto& asked) { return answer(asked); }};
};

}  // namespace relay
