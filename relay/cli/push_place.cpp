#include "relay/cli/push_place.hpp"

#include <algorithm>

namespace relay::cli {
namespace {

/// What both lists let in; an empty one lets in all. None where they exclude each other.
template <class T>
bool choose(const std::vector<T>& a, const std::vector<T>& b, T& into) {
    if (a.empty() && b.empty()) return true;
    if (a.empty() || b.empty()) {
        into = a.empty() ? b.front() : a.front();
        return true;
    }
    const auto both = std::ranges::find_first_of(a, b);
    if (both != a.end()) into = *both;
    return both != a.end();
}

/// An address of the first network that both let in.
std::string some_address(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    const auto& from = a.empty() ? b : a;
    if (from.empty()) return "127.0.0.1";
    return from.front().substr(0, from.front().find('/'));
}

bool fill(push_place& place, const ingest::cluster_rule& rule) {
    const auto& door = *place.listener;
    place.cluster = rule.name;
    if (!door.cluster.empty()) {
        if (door.cluster != rule.name) return false;
        if (!door.tokens.empty()) place.token = door.tokens.front().reveal();
        if (!door.buckets.empty()) place.bucket = door.buckets.front();
        place.sender = some_address({}, door.allow);
        return true;
    }
    secret token;
    if (!choose(door.tokens, rule.tokens, token)) return false;
    place.token = token.reveal();
    place.prefix = rule.prefix;
    place.sender = some_address(rule.sources, door.allow);
    return choose(door.buckets, rule.buckets, place.bucket);
}

/// A datagram names no bucket, no token and no path.
void forget_what_udp_has_not(push_place& place) {
    place.bucket.clear();
    place.token.clear();
    place.prefix.clear();
}

}  // namespace

ingest::sender sender_of(const push_place& place) noexcept {
    return {.address = place.sender,
            .listener_cluster = place.listener->cluster,
            .token = place.token,
            .bucket = place.bucket,
            .prefix = place.prefix};
}

std::vector<push_place> places_of(const config::settings& all,
                                  const ingest::cluster_rule& cluster) {
    const ingest::identity identity(all.clusters);
    std::vector<push_place> found;
    for (const auto& listener : all.listeners) {
        push_place place{.listener = &listener};
        if (!fill(place, cluster)) continue;
        if (!place.is_http()) forget_what_udp_has_not(place);
        const auto lane = identity.resolve(sender_of(place), listener.buckets);
        if (lane && lane->cluster == cluster.name) found.push_back(std::move(place));
    }
    std::ranges::stable_sort(found, std::ranges::greater{}, &push_place::is_http);
    return found;
}

}  // namespace relay::cli
