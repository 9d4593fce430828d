#include "relay/ops/presence_pages.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <cstddef>
#include <string>

namespace relay::ops {
namespace {

namespace json = boost::json;
using namespace metrics;
using ingest::presence_overview;

struct overview_row {
    std::string_view name;
    std::string_view help;
    std::size_t (*read)(const presence_overview&);
};

const overview_row overview_rows[] = {
    {"presence_nodes", "Nodes that send, or did until they fell silent",
     [](const auto& all) { return all.nodes; }},
    {"presence_nodes_silent", "Nodes of which nothing is heard any more",
     [](const auto& all) { return all.silent.size(); }},
    {"presence_guests", "Guests that nodes report, or did until they were gone",
     [](const auto& all) { return all.guests; }},
    {"presence_guests_running", "Guests that run on nodes that send",
     [](const auto& all) { return all.guests_running; }},
    {"presence_guests_gone", "Guests that their node reports no more",
     [](const auto& all) { return all.guests_gone; }},
    {"presence_storages", "Storages of nodes that they report, or did until they were gone",
     [](const auto& all) { return all.storages; }},
    {"presence_storages_gone", "Storages that their node reports no more",
     [](const auto& all) { return all.storages_gone; }},
};

std::string_view name_of(std::size_t kind) {
    return to_string(static_cast<ingest::event_kind>(kind));
}

json::array silent_json(const presence_overview& of) {
    json::array out;
    for (const auto& one : of.silent) {
        const auto whole = one.heard_ns / 1'000'000'000;
        out.push_back({{"name", one.name}, {"last_heard_timestamp_seconds", whole}});
    }
    return out;
}

json::object cluster_json(const presence_overview& of) {
    return {{"cluster", of.cluster},
            {"nodes", of.nodes},
            {"silent_nodes", silent_json(of)},
            {"guests", of.guests},
            {"guests_running", of.guests_running},
            {"guests_gone", of.guests_gone},
            {"storages", of.storages},
            {"storages_gone", of.storages_gone}};
}

}  // namespace

void add_presence(metrics::page& to, const ingest::presence& from) {
    const auto all = from.overview();
    for (const auto& each : overview_rows) {
        auto& family = to.family(each.name, each.help, level);
        for (const auto& one : all)
            add(family, {{"cluster", one.cluster}}, static_cast<double>(each.read(one)));
    }
    const auto& counters = from.counters();
    auto& events = to.family("presence_events_total", "Ends and returns noticed, by kind", counted);
    for (std::size_t kind = 0; kind < ingest::event_kinds; ++kind)
        add(events, {{"kind", std::string(name_of(kind))}}, number(counters.events[kind]));
    add(to.family("presence_objects", "Nodes, guests and storages that are tracked", level), {},
        number(counters.objects));
    add(to.family("presence_untracked_total", "Times that one beyond objects_max was seen",
                  counted),
        {}, number(counters.untracked));
}

boost::json::object presence_json(const ingest::presence& from) {
    const auto& counters = from.counters();
    json::object events;
    for (std::size_t kind = 0; kind < ingest::event_kinds; ++kind)
        events[name_of(kind)] = counters.events[kind].value();
    json::array clusters;
    for (const auto& one : from.overview())
        clusters.push_back(cluster_json(one));
    return {{"clusters", std::move(clusters)},
            {"events", std::move(events)},
            {"objects", counters.objects.value()},
            {"untracked", counters.untracked.value()}};
}

}  // namespace relay::ops
