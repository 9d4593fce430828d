#include "relay/ingest/constant_tags.hpp"

#include "protocol/line_writer.hpp"

#include <map>

namespace relay::ingest {

constant_tags make_constant_tags(std::string_view cluster,
                                 const std::vector<std::pair<std::string, std::string>>& tags) {
    std::map<std::string_view, std::string_view> sorted;
    for (const auto& [key, value] : tags) {
        sorted.insert_or_assign(key, value);
    }
    sorted.insert_or_assign("cluster", cluster);

    constant_tags made;
    for (const auto& [key, value] : sorted) {
        if (key.empty() || value.empty()) continue;
        auto& tag = made.emplace_back();
        tag.key = key;
        protocol::append_tag(tag.written, key, value);
    }
    return made;
}

}  // namespace relay::ingest
