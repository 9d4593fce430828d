#include "relay/ingest/constant_tags.hpp"

#include "protocol/escape.hpp"
#include "protocol/line_writer.hpp"
#include "protocol/utf8.hpp"

#include <map>

namespace relay::ingest {

void append_constant_tag(constant_tags& to, std::string_view key, std::string_view value) {
    if (!value.empty() && protocol::is_plain_name(value) && protocol::is_utf8(value)) {
        protocol::append_tag(to.written, key, value);
    }
    to.ends.push_back(static_cast<std::uint32_t>(to.written.size()));
}

constant_tags make_constant_tags(std::string_view cluster,
                                 const std::vector<std::pair<std::string, std::string>>& tags) {
    std::map<std::string_view, std::string_view> sorted;
    for (const auto& [key, value] : tags) {
        sorted.insert_or_assign(key, value);
    }
    sorted.insert_or_assign("cluster", cluster);

    constant_tags made;
    std::vector<std::string> keys;
    for (const auto& [key, value] : sorted) {
        if (key.empty() || value.empty()) continue;
        keys.emplace_back(key);
        append_constant_tag(made, key, value);
    }
    made.keys = std::make_shared<const std::vector<std::string>>(std::move(keys));
    return made;
}

}  // namespace relay::ingest
