// Asks a simulated cluster's API in the tests' words.
#pragma once

#include "relay/simulate/api.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>

namespace relay::simulate {

inline constexpr std::int64_t begin_second = 1'755'785'270;

inline simulated_cluster cluster_of(const world_options& options, std::string_view text = {}) {
    auto course = parse_scenario(text);
    if (!course) throw std::invalid_argument(course.error());
    return {make_world(options).clusters.front(), std::move(*course), begin_second};
}

/// @param second since the beginning
inline api_answer answer_of(const simulated_cluster& of, std::string_view path,
                            std::int64_t second = 0, std::size_t at_node = 0) {
    const auto target = fmt::format("/api2/json/{}", path);
    const auto token = "PVEAPIToken=" + of.course.token;
    return answer_api(of, {.target = target, .authorization = token}, of.begin + second, at_node);
}

/// What stands behind "data"; null where the answer is not 200 or no JSON.
inline nlohmann::json data_of(const simulated_cluster& of, std::string_view path,
                              std::int64_t second = 0, std::size_t at_node = 0) {
    const auto answer = answer_of(of, path, second, at_node);
    if (answer.status != 200) return {};
    const auto body = nlohmann::json::parse(answer.body, nullptr, false);
    return body.is_object() ? body.value("data", nlohmann::json()) : nlohmann::json();
}

/// The entry of an array whose member `member` is `value`; null where there is none.
inline nlohmann::json entry_of(const nlohmann::json& array, std::string_view member,
                               const nlohmann::json& value) {
    for (const auto& it : array) {
        if (it.value(std::string(member), nlohmann::json()) == value) return it;
    }
    return {};
}

}  // namespace relay::simulate
