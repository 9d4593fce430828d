// [[cluster]]: whose lines are whose.
#include "relay/base/cidr.hpp"
#include "relay/base/log.hpp"
#include "relay/config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace relay::config {
namespace {

void read_accept(const section& from, ingest::cluster_rule& into) {
    from.read("buckets", into.buckets);
    from.read("tokens", into.tokens);
    from.read("sources", into.sources);
    from.read("prefix", into.prefix);
    for (const auto& source : into.sources) {
        if (const auto network = ip_network::parse(source); !network) {
            from.error("sources", network.error());
        }
    }
    // Compared without them, so that "/lab/" and "lab" are one prefix.
    while (into.prefix.starts_with('/'))
        into.prefix.erase(0, 1);
    while (into.prefix.ends_with('/'))
        into.prefix.pop_back();
}

ingest::cluster_rule read_cluster(const section& from) {
    ingest::cluster_rule rule;
    if (!from.has("name") && !from.has("api")) {
        from.error("name", "`name` is missing: the value of the tag `cluster`");
    }
    from.read("name", rule.name);
    if (from.has("name") && rule.name.empty()) from.error("name", "`name` is empty");
    // A backslash at the end cannot be written as a tag in line protocol.
    const bool writable = printable(rule.name, 256) == rule.name && !rule.name.ends_with('\\');
    if (!writable) from.error("name", "`name` must be printable and not end in a backslash");
    if (const auto accept = from.table("accept")) read_accept(*accept, rule);
    return rule;
}

/// Two clusters of one name, or two that accept everyone, would hide one another.
void refuse_ambiguous(const section& from, const std::vector<ingest::cluster_rule>& before,
                      const ingest::cluster_rule& rule) {
    const auto same_name = [&](const auto& other) {
        return !rule.name.empty() && other.name == rule.name;
    };
    if (std::ranges::any_of(before, same_name)) {
        from.error("name", fmt::format("a second cluster named \"{}\"", printable(rule.name)));
    }
    const auto is_open = [](const auto& other) { return other.open(); };
    if (rule.open() && std::ranges::any_of(before, is_open)) {
        from.error("name", "a second cluster without `accept`: neither could be told apart");
    }
}

void check_listeners(const section& root, const settings& all) {
    for (const auto& listener : all.listeners) {
        if (listener.cluster.empty() || may_have_cluster(all, listener.cluster)) continue;
        root.error("listen", fmt::format("listener {} names the cluster \"{}\", which no "
                                         "[[cluster]] has",
                                         listener.address, printable(listener.cluster)));
    }
}

}  // namespace

std::vector<std::string> cluster_names(const settings& of) {
    std::vector<std::string> names;
    for (const auto& one : of.clusters)
        names.push_back(one.name);
    return names;
}

bucket_choice bucket_choice_of(const settings& of, const ingest::cluster_rule& rule) {
    bucket_choice choice;
    const auto api = std::ranges::find(of.apis, rule.name, &topology::api_options::cluster);
    if (api != of.apis.end()) choice.chosen = api->bucket;
    if (rule.buckets.size() == 1) choice.likely = rule.buckets.front();
    for (const auto& listener : of.listeners) {
        const bool is_ours = listener.cluster.empty() || listener.cluster == rule.name;
        if (!choice.likely.empty() || !is_ours || listener.buckets.size() != 1) continue;
        choice.likely = listener.buckets.front();
    }
    return choice;
}

bool may_have_cluster(const settings& of, std::string_view name) {
    return std::ranges::any_of(
        of.clusters, [name](const auto& rule) { return rule.name == name || rule.name.empty(); });
}

void read_clusters(const section& root, settings& into) {
    for (const auto& from : root.tables("cluster")) {
        auto rule = read_cluster(from);
        refuse_ambiguous(from, into.clusters, rule);
        read_api(from, rule, into);
        into.clusters.push_back(std::move(rule));
    }
    if (into.clusters.empty()) {
        into.clusters.emplace_back().name = "default";
        if (!root.has("cluster")) {
            root.warning("cluster",
                         "no [[cluster]]: lines are tagged cluster=default; a name "
                         "given later begins new series in every store");
        }
    }
    check_listeners(root, into);
}

}  // namespace relay::config
