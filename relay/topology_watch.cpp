#include "relay/topology_watch.hpp"

#include "relay/topology/snapshot_file.hpp"

#include <system_error>
#include <utility>

namespace relay {

topology_watch::topology_watch(topology_parts parts)
    : to_(std::move(parts)),
      poller_(outlets(), to_.time, to_.log, to_.seed) {}

topology::poll_outlets topology_watch::outlets() {
    return {.board = to_.board,
            .load = [this](const std::string& cluster) { return load(cluster); },
            .save = [this](const topology::snapshot& known) { save(known); },
            .say = [this](const topology::api_options& of,
                          std::string_view lines) { to_.lines.push(of.cluster, lines); }};
}

void topology_watch::follow(const config::settings& settings) {
    const auto counters = poller_.ask(settings.apis);
    clusters_.clear();
    for (std::size_t i = 0; i < counters.size(); ++i) {
        const auto& api = settings.apis[i];
        clusters_.push_back({api.cluster, api.token_id, counters[i]});
    }
}

topology::snapshot_ptr topology_watch::load(const std::string& cluster) const {
    auto found = topology::load_snapshot(to_.directory, cluster);
    if (found) return *found;
    to_.log.warning("cluster {}: what an earlier run knew of it is not used: {}", cluster,
                    found.error());
    return nullptr;
}

// A disk that takes nothing costs the names after the next start, nothing now.
void topology_watch::save(const topology::snapshot& known) {
    std::error_code ignored;
    std::filesystem::create_directories(to_.directory, ignored);
    const auto failed = topology::save_snapshot(to_.directory, known);
    if (!failed) {
        said_unsaved_ = false;
    } else if (!said_unsaved_.exchange(true)) {
        to_.log.warning(
            "cluster {}: what is known of it is lost with the next restart, because {} "
            "cannot be written: {}",
            known.cluster, to_.directory.string(), failed.message());
    }
}

}  // namespace relay
