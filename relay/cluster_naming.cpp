#include "relay/cluster_naming.hpp"

#include "relay/base/durable_file.hpp"
#include "relay/topology/cluster_name.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>

namespace relay {
namespace {

// Two connections that time out, and a start that systemd would still wait for.
constexpr std::chrono::seconds patience{10};

topology::names_by_url load_names(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) return {};
    return topology::read_names(std::string((std::istreambuf_iterator<char>(in)), {}));
}

void save_names(const std::filesystem::path& file, const topology::names_by_url& names, log& log) {
    std::error_code ignored;
    std::filesystem::create_directories(file.parent_path(), ignored);
    const auto failed = replace_file(file, topology::write_names(names));
    if (!failed) return;
    log.warning("{} cannot be written ({}): the next start asks for the clusters' names again",
                file.string(), failed.message());
}

expected<std::string, std::string> name_of(const topology::api_options& api,
                                           const topology::names_by_url& known,
                                           const time_source& time, log& log) {
    for (const auto& url : api.nodes) {
        if (const auto at = known.find(url); at != known.end()) return at->second;
    }
    auto name = topology::ask_cluster_name(api, time, patience);
    if (name) log.notice("cluster {}: so it is called by its API, from now on here too", *name);
    if (name) return name;
    return unexpected(
        fmt::format("a [[cluster]] has no `name`, and its API gives none: {}; give it a `name`, or "
                    "start the relay once while the API answers",
                    name.error()));
}

/// A configuration cannot see that two of its clusters are one.
expected<void, std::string> refuse_twins(const config::settings& of) {
    auto names = config::cluster_names(of);
    std::ranges::sort(names);
    const auto twin = std::ranges::adjacent_find(names);
    if (twin == names.end()) return {};
    return unexpected(fmt::format("two [[cluster]] are called \"{}\"", printable(*twin, 64)));
}

}  // namespace

std::filesystem::path topology_directory(const config::settings& of) {
    if (!of.topology_directory.empty()) return of.topology_directory;
    return (of.journal.directory / "..").lexically_normal() / "topology";
}

expected<void, std::string> name_clusters(config::settings& of, const time_source& time, log& log) {
    const auto has_none = [](const auto& one) { return one.name.empty(); };
    if (std::ranges::none_of(of.clusters, has_none)) return {};
    const auto file = topology_directory(of) / "names";
    auto known = load_names(file);
    const auto before = known;
    // Those without a name have an API, both in the configuration's order.
    auto rule = of.clusters.begin();
    for (auto& api : of.apis) {
        if (!api.cluster.empty()) continue;
        auto name = name_of(api, known, time, log);
        if (!name) return unexpected(name.error());
        rule = std::find_if(rule, of.clusters.end(), has_none);
        rule->name = api.cluster = *name;
        for (const auto& url : api.nodes)
            known.insert_or_assign(url, *name);
    }
    if (known != before) save_names(file, known, log);
    return refuse_twins(of);
}

}  // namespace relay
