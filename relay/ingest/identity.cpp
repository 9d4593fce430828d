#include "relay/ingest/identity.hpp"

#include "relay/base/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace relay::ingest {
namespace {

std::vector<ip_network> parse_sources(const cluster_rule& rule) {
    std::vector<ip_network> networks;
    for (const auto& source : rule.sources) {
        auto parsed = ip_network::parse(source);
        if (!parsed) {
            throw std::invalid_argument(fmt::format("cluster {}: {}", rule.name, parsed.error()));
        }
        networks.push_back(*parsed);
    }
    return networks;
}

std::string_view without_outer_slashes(std::string_view path) noexcept {
    const auto first = path.find_first_not_of('/');
    if (first == std::string_view::npos) return {};
    return path.substr(first, path.find_last_not_of('/') - first + 1);
}

bool matches_token(const std::vector<secret>& tokens, std::string_view presented) noexcept {
    // All are compared, so that the time does not tell which one came close.
    bool any = false;
    for (const auto& token : tokens) {
        any = token.matches(presented) || any;
    }
    return any;
}

bool matches_source(const std::vector<ip_network>& networks, std::string_view address) {
    const auto parsed = ip_address::parse(address);
    return parsed && std::any_of(networks.begin(), networks.end(), [&](const ip_network& network) {
               return network.contains(*parsed);
           });
}

bool contains(const std::vector<std::string>& names, std::string_view name) noexcept {
    return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

identity::identity(std::vector<cluster_rule> clusters) {
    RELAY_CHECK(!clusters.empty());
    for (auto& rule : clusters) {
        auto sources = parse_sources(rule);
        rule.prefix = std::string(without_outer_slashes(rule.prefix));
        clusters_.push_back({.rule = std::move(rule), .sources = std::move(sources)});
    }
    std::stable_partition(clusters_.begin(), clusters_.end(),
                          [](const candidate& one) { return !one.rule.open(); });
}

const identity::candidate* identity::find(const sender& from) const {
    const auto found = std::find_if(clusters_.begin(), clusters_.end(), [&](const candidate& one) {
        const auto& rule = one.rule;
        if (!from.listener_cluster.empty()) return rule.name == from.listener_cluster;
        return (rule.buckets.empty() || contains(rule.buckets, from.bucket)) &&
               (rule.prefix.empty() || rule.prefix == without_outer_slashes(from.prefix)) &&
               (rule.tokens.empty() || matches_token(rule.tokens, from.token)) &&
               (one.sources.empty() || matches_source(one.sources, from.address));
    });
    return found == clusters_.end() ? nullptr : &*found;
}

expected<journal::lane, refusal> identity::resolve(
    const sender& from, const std::vector<std::string>& buckets_enforced) const {
    const auto* cluster = find(from);
    if (cluster == nullptr) return unexpected(refusal::no_cluster);
    if (from.bucket.size() > bucket_bytes_max) return unexpected(refusal::unknown_bucket);
    if (!buckets_enforced.empty() && !contains(buckets_enforced, from.bucket)) {
        return unexpected(refusal::unknown_bucket);
    }
    return journal::lane{
        .cluster = cluster->rule.name, .bucket = std::string(from.bucket), .tenant = {}};
}

}  // namespace relay::ingest
