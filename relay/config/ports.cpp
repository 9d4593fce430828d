#include "relay/config/ports.hpp"

#include "relay/config/document.hpp"
#include "relay/config/section.hpp"
#include "relay/config/sections.hpp"

#include <algorithm>

namespace relay::config {
namespace {

expected<loaded_secret, std::string> none_is_needed(const secret_source&) {
    return unexpected(std::string("no secret is read for this"));
}

bool same(const port& a, const port& b) {
    return a.kind == b.kind && a.where.port == b.where.port &&
           a.where.address.bytes == b.where.address.bytes;
}

}  // namespace

expected<std::vector<port>, problem> read_ports(const std::string& text) {
    const auto document = parse_document(text);
    if (!document) return unexpected(document.error());
    problems ignored;
    const secret_loader secrets = none_is_needed;
    reading reading{ignored, secrets};
    settings all;
    read_listeners(section(*document, "", reading), all);
    std::vector<port> result;
    for (const auto& listener : all.listeners) {
        const auto where = listen::endpoint::parse(listener.address);
        if (!where || where->port == 0) continue;
        const port one{listener.kind, *where};
        const auto is_same = [&](const port& other) { return same(one, other); };
        if (std::ranges::none_of(result, is_same)) result.push_back(one);
    }
    return result;
}

}  // namespace relay::config
