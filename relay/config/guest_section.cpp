// [enrich] and [[tenant]]: what the Proxmox API says of a guest, on its lines.
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

namespace relay::config {
namespace {

using ingest::guest_property;

constexpr std::size_t tenant_bytes_max = 255;  // of a lane's name, as a bucket's

std::optional<guest_property> property_named(std::string_view name) {
    const auto at = std::ranges::find(ingest::guest_properties, name,
                                      [](guest_property what) { return to_string(what); });
    return at == std::end(ingest::guest_properties) ? std::nullopt : std::optional(*at);
}

void refuse_unknown_property(const section& from, std::string_view name) {
    std::vector<std::string_view> known;
    for (const auto property : ingest::guest_properties)
        known.push_back(to_string(property));
    from.error("tags", fmt::format("\"{}\" is nothing that a guest's lines can be tagged with: "
                                   "`tags` takes {}",
                                   printable(name, 64), fmt::join(known, ", ")));
}

/// Whether any [[cluster]] says how its API is asked.
bool asks_an_api(const section& root) {
    const auto* const clusters = root.find("cluster");
    if (clusters == nullptr) return false;
    return std::ranges::any_of(clusters->items,
                               [](const value& one) { return one.find("api") != nullptr; });
}

bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= tenant_bytes_max &&
           printable(name, tenant_bytes_max) == name && !name.ends_with('\\');
}

void read_vmids(const section& from, ingest::tenant_rule& into) {
    std::vector<std::string> texts;
    from.read("vmid", texts);
    for (const auto& text : texts) {
        if (const auto range = ingest::parse_vmid_range(text)) {
            into.vmids.push_back(*range);
        } else {
            from.error("vmid", fmt::format("\"{}\" is no vmid and no range of them: \"100\", "
                                           "\"100-199\"",
                                           printable(text, 40)));
        }
    }
}

ingest::tenant_rule read_tenant(const section& from, const settings& all) {
    ingest::tenant_rule rule;
    if (!from.has("name")) from.error("name", "`name` is missing: it becomes part of the lane");
    from.read("name", rule.name);
    if (!rule.name.empty() && !is_name(rule.name)) {
        from.error("name", fmt::format("`name` must be printable, at most {} bytes, and not end in "
                                       "a backslash",
                                       tenant_bytes_max));
    }
    from.read("cluster", rule.clusters);
    for (const auto& name : rule.clusters) {
        if (may_have_cluster(all, name)) continue;
        from.error("cluster", fmt::format("no [[cluster]] is named \"{}\"", printable(name)));
    }
    from.read("pool", rule.pools);
    from.read("tag", rule.tags);
    read_vmids(from, rule);
    if (!from.has("pool") && !from.has("tag") && !from.has("vmid")) {
        from.error("name", "a tenant's guests are told by `pool`, `tag` or `vmid`: none is given");
    }
    return rule;
}

}  // namespace

void read_enrich(const section& root, settings& into) {
    const auto from = root.table("enrich");
    if (!from) return;
    std::vector<std::string> names;
    from->read("tags", names);
    auto& enrich = into.ingest.enrich;
    for (const auto& name : names) {
        const auto property = property_named(name);
        const auto is_constant = [&](const auto& tag) { return tag.first == name; };
        if (!property) {
            refuse_unknown_property(*from, name);
        } else if (std::ranges::find(enrich, *property) != enrich.end()) {
            from->error("tags", fmt::format("\"{}\" stands there twice", name));
        } else if (std::ranges::any_of(into.ingest.tags, is_constant)) {
            from->error("tags", fmt::format("`{}` stands in [tags] as well", name));
        } else {
            enrich.push_back(*property);
        }
    }
    if (enrich.empty() || asks_an_api(root)) return;
    from->warning("tags",
                  "no [cluster.api]: nothing is known of a guest, and no line gets a tag for it");
}

void read_tenants(const section& root, settings& into) {
    auto& tenants = into.ingest.tenants;
    for (const auto& from : root.tables("tenant")) {
        auto rule = read_tenant(from, into);
        const auto same = [&](const auto& other) { return other.name == rule.name; };
        if (std::ranges::any_of(tenants, same)) {
            from.error("name", fmt::format("a second tenant named \"{}\"", printable(rule.name)));
        }
        tenants.push_back(std::move(rule));
    }
    const auto needs_api = [](const auto& rule) {
        return !rule.pools.empty() || !rule.tags.empty();
    };
    if (std::ranges::any_of(tenants, needs_api) && !asks_an_api(root)) {
        root.warning("tenant",
                     "no [cluster.api]: nothing is known of a guest's pool and tags, and "
                     "no line goes to a tenant for them");
    }
    if (tenants.size() < into.ingest.lanes_max) return;
    root.warning("tenant", fmt::format("{} tenants leave no room for buckets: `lanes_max` of "
                                       "[ingest] is {}",
                                       tenants.size(), into.ingest.lanes_max));
}

}  // namespace relay::config
