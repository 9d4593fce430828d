#include "relay/ingest/presence.hpp"

#include "relay/ingest/presence_file.hpp"

#include <algorithm>
#include <utility>

namespace relay::ingest {

presence::shared_cluster& presence::of(const std::string& cluster) {
    return clusters_.with([&](auto& clusters) -> shared_cluster& {
        auto& place = clusters[cluster];
        if (!place) {
            place =
                std::make_unique<shared_cluster>(cluster_presence(cluster, options_, counters_));
        }
        return *place;
    });
}

// None is ever taken away, so a pointer holds without the lock.
template <class F>
void presence::for_each(F&& f) const {
    std::vector<std::pair<std::string, shared_cluster*>> all;
    clusters_.with([&](const auto& clusters) {
        for (const auto& [name, one] : clusters)
            all.emplace_back(name, one.get());
    });
    for (const auto& [name, one] : all)
        f(name, *one);
}

std::vector<announcement> presence::look(moment now, const topology::snapshot_board& known) {
    std::vector<announcement> said;
    for_each([&](const std::string& name, shared_cluster& shared) {
        const auto snapshot = known.find(name);
        auto one = shared.with([&](cluster_presence& cluster) {
            cluster.look(now, snapshot);
            return cluster.speak(now);
        });
        if (!one.text.empty()) said.push_back(std::move(one));
    });
    return said;
}

std::string presence::bucket_of(const std::string& cluster) const {
    auto* const shared = clusters_.with([&](const auto& clusters) -> shared_cluster* {
        const auto at = clusters.find(cluster);
        return at == clusters.end() ? nullptr : at->second.get();
    });
    if (shared == nullptr) return {};
    return shared->with([](const auto& one) { return one.bucket(); });
}

std::vector<presence_overview> presence::overview() const {
    std::vector<presence_overview> all;
    for_each([&](const std::string&, shared_cluster& shared) {
        all.push_back(shared.with([](const auto& cluster) { return cluster.overview(); }));
    });
    return all;
}

void presence::keep_only(const std::vector<std::string>& clusters) {
    for_each([&](const std::string& name, shared_cluster& shared) {
        const bool stays = std::ranges::find(clusters, name) != clusters.end();
        if (!stays) shared.with([](auto& cluster) { cluster.clear(); });
    });
}

std::string presence::remember() const {
    presence_writer text;
    for_each([&](const std::string& name, shared_cluster& shared) {
        shared.with([&](const cluster_presence& cluster) {
            text.begin_cluster(name, cluster.bucket());
            cluster.remember([&](const remembered_object& one) { text.add(one); });
        });
    });
    return std::move(text).finish();
}

std::uint64_t presence::version() const {
    std::uint64_t sum = 0;
    for_each([&](const std::string&, shared_cluster& shared) {
        sum += shared.with([](const auto& cluster) { return cluster.version(); });
    });
    return sum;
}

expected<void, std::string> presence::restore(std::string_view text,
                                              const std::vector<std::string>& clusters,
                                              moment now) {
    shared_cluster* at = nullptr;
    const auto begin = [&](const std::string& cluster, std::string_view bucket) {
        const bool is_known = std::ranges::find(clusters, cluster) != clusters.end();
        at = is_known ? &of(cluster) : nullptr;
        if (is_known) at->with([&](auto& one) { one.restore_bucket(bucket); });
    };
    const auto add = [&](const remembered_object& one) {
        if (at != nullptr) at->with([&](auto& cluster) { cluster.restore(one, now); });
    };
    return read_presence(text, begin, add);
}

}  // namespace relay::ingest
