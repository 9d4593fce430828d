#include "relay/own_lines.hpp"

#include <tuple>
#include <utility>

namespace relay {

own_lines::own_lines(const own_lines_parts& parts, const config::settings& settings)
    : to_(parts),
      form_(make_form(settings)) {}

own_lines::form own_lines::make_form(const config::settings& of) {
    form made{.intake = std::make_unique<ingest::intake>(
                  of.ingest, to_.journal, counters_, to_.log,
                  ingest::refusal_outlet{.letters = &to_.letters, .listener = "the relay's own"},
                  ingest::shared_knowledge{.board = &to_.board, .homes = nullptr}),
              .buckets = {}};
    for (const auto& rule : of.clusters)
        made.buckets[rule.name] = config::bucket_choice_of(of, rule);
    return made;
}

std::string own_lines::bucket_of(const std::string& cluster, const form& as) const {
    const auto at = as.buckets.find(cluster);
    const auto choice = at == as.buckets.end() ? config::bucket_choice{} : at->second;
    if (!choice.chosen.empty()) return choice.chosen;
    auto used = to_.watch == nullptr ? std::string() : to_.watch->bucket_of(cluster);
    return used.empty() ? choice.likely : used;
}

void own_lines::push(const std::string& cluster, std::string_view text) {
    if (text.empty()) return;
    const auto now = to_.time.now();
    form_.with([&](form& present) {
        const journal::lane lane{
            .cluster = cluster, .bucket = bucket_of(cluster, present), .tenant = {}};
        const auto body =
            present.intake->open(lane, protocol::precision::ns, now, nullptr, "the relay");
        body->feed(text);
        std::ignore = body->finish();
    });
}

void own_lines::change(const config::settings& settings) {
    auto next = make_form(settings);
    form_.with([&](form& present) { std::swap(present, next); });
}

}  // namespace relay
