#include "relay/ops/scrape_page.hpp"

#include "protocol/gzip_member.hpp"
#include "relay/base/log.hpp"
#include "relay/ops/page_parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace relay::ops {
namespace {

using sinks::naming_kind;

std::optional<std::string> take(sinks::scrape_query& into, std::string_view name,
                                std::string value) {
    if (name == "cluster") {
        into.cluster = std::move(value);
    } else if (name == "naming") {
        const auto kind = sinks::naming_of(value);
        if (!kind) {
            return fmt::format(
                "no naming \"{}\": there are proxmox, pve-exporter and measurement_field",
                printable(value));
        }
        if (std::ranges::find(into.naming, *kind) == into.naming.end()) {
            into.naming.push_back(*kind);
        }
    } else {
        return fmt::format("no parameter \"{}\": there are naming and cluster", printable(name));
    }
    return {};
}

int status_of(scrape_refusal::kind why) noexcept {
    switch (why) {
        case scrape_refusal::kind::not_yet:
            return 503;
        case scrape_refusal::kind::not_there:
            return 404;
        case scrape_refusal::kind::too_large:
            break;
    }
    return 507;
}

listen::reply page(std::string text, bool compressed) {
    listen::reply made{.status = 200,
                       .headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                                   {"Cache-Control", "no-store"},
                                   {"Vary", "Accept-Encoding"}},
                       .body = {}};
    if (compressed) {
        made.headers.emplace_back("Content-Encoding", "gzip");
        protocol::gzip_compressor().compress(text, {}, made.body);
    } else {
        made.body = std::move(text);
    }
    return made;
}

}  // namespace

expected<sinks::scrape_query, std::string> parse_scrape_query(std::string_view request_target) {
    sinks::scrape_query query;
    query.naming.clear();
    auto wrong = for_each_parameter(request_target, [&](std::string_view name, std::string value) {
        return take(query, name, std::move(value));
    });
    if (wrong) return unexpected(std::move(*wrong));
    if (query.naming.empty()) query = {.cluster = std::move(query.cluster)};
    return query;
}

listen::reply scrape_page(const scrape_source& from, const listen::request& asked) {
    if (!from) return listen::path_not_found();
    const auto query = parse_scrape_query(asked.target);
    if (!query) return listen::refused(listen::api::v2, 400, query.error());
    auto text = from(*query);
    if (text) {
        const auto accepted = asked.header("accept-encoding");
        return page(*std::move(text), accepted.find("gzip") != std::string_view::npos);
    }
    return listen::refused(listen::api::v2, status_of(text.error().what), text.error().why);
}

}  // namespace relay::ops
