// The loop that every list of an answer is read with. Internal to the readers of this folder.
#pragma once

#include "relay/topology/api_reply.hpp"
#include "relay/topology/json_value.hpp"

#include <string>
#include <utility>

namespace relay::topology::json {

/// Calls `use(object)` for each item of the list `data`; it returns whether it could use the item.
/// @returns how many items were lost; why not where `data` is no list. null is an empty list.
template <class F>
[[nodiscard]] expected<std::size_t, std::string> for_each_item(const element& data, F&& use) {
    if (data.is_null()) return std::size_t{0};
    array items;
    if (data.get_array().get(items) != simdjson::SUCCESS)
        return unexpected(std::string("its `data` is not a list"));
    std::size_t lost = 0, seen = 0;
    for (const element item : items) {
        object fields;
        if (++seen > reply_items_max || item.get_object().get(fields) != simdjson::SUCCESS ||
            !use(fields)) {
            ++lost;
        }
    }
    return lost;
}

/// A whole body that is a list: `read(object)` returns the item, or nothing.
template <class T, class F>
[[nodiscard]] reply<reply_list<T>> read_list(std::string_view body, F&& read) {
    simdjson::dom::parser parser;
    const auto data = data_of(parser, body);
    if (!data) return unexpected(data.error());
    reply_list<T> out;
    const auto lost = for_each_item(*data, [&](const object& item) {
        std::optional<T> value = read(item);
        if (!value) return false;
        out.items.push_back(std::move(*value));
        return true;
    });
    if (!lost) return unexpected(lost.error());
    out.items_lost = *lost;
    return out;
}

/// A whole body that is an object: `read(object)` returns the value.
template <class T, class F>
[[nodiscard]] reply<T> read_object(std::string_view body, F&& read) {
    simdjson::dom::parser parser;
    const auto data = data_of(parser, body);
    if (!data) return unexpected(data.error());
    object fields;
    if (data->get_object().get(fields) != simdjson::SUCCESS)
        return unexpected(std::string("its `data` is not an object"));
    return read(fields);
}

}  // namespace relay::topology::json
