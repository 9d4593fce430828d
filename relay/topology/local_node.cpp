#include "relay/topology/local_node.hpp"

#include "relay/topology/json_value.hpp"

namespace relay::topology {

std::string local_node_of(std::string_view body) {
    simdjson::dom::parser parser;
    const auto data = json::data_of(parser, body);
    json::array items;
    if (!data || data->get(items) != simdjson::SUCCESS) return {};
    for (const auto& item : items) {
        json::object one;
        if (item.get(one) != simdjson::SUCCESS) continue;
        if (json::flag(one, "local").value_or(false)) return json::text(one, "name");
    }
    return {};
}

}  // namespace relay::topology
