#include "relay/ingest/streamed_body.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace relay::ingest {

using protocol::input_end;

// As many bodies as a large cluster has in flight at once.
constexpr std::size_t idle_parsers_max = 64;

// A node of 300 guests takes so much; what grew beyond it was no node's.
constexpr std::size_t idle_sightings_bytes_max = 64 << 10;

void tell_presence(presence::shared_cluster* watch, sightings& seen, const journal::lane& lane,
                   moment now) {
    if (watch == nullptr || seen.size() == 0) return;
    watch->with([&](cluster_presence& cluster) { cluster.take(seen, lane.bucket, now); });
    seen.clear();
}

// A lane that names a tenant is meant so: an operator sends its lines again.
bool streamed_body::sorts_by_tenant(const parts& with) {
    return with.guests != nullptr && with.guests->has_tenants() && with.lane.tenant.empty();
}

streamed_body::streamed_body(parts with)
    : with_(std::move(with)),
      own_(with_.open_outlet(with_.lane)),
      tenants_(with_),
      passage_{.lane = with_.lane,
               .exit = {.tags = &with_.tags, .outlet = &own_},
               .guests = with_.guests,
               .tenants = sorts_by_tenant(with_) ? &tenants_ : nullptr,
               .parser = *with_.parser,
               .from = with_.from,
               .unit = with_.unit,
               .now = with_.now,
               .vote = {},
               .before_half_line = {},
               .memory = {.whole_transactions = true, .blockstat_vmid = {}},
               .node = {},
               .newlines = 0,
               .rejected = 0,
               .first_error = {},
               .seen = with_.seen.get()} {
    with_.parser->set_precision(with_.unit);
}

streamed_body::~streamed_body() {
    if (with_.seen && with_.idle_seen.size() < idle_parsers_max &&
        with_.seen->bytes_held() < idle_sightings_bytes_max) {
        with_.seen->clear();
        with_.idle_seen.push_back(std::move(with_.seen));
    }
    if (with_.idle.size() >= idle_parsers_max) return;
    with_.parser->reset();
    with_.idle.push_back(std::move(with_.parser));
}

batch_outlet& streamed_body::opened_outlets::of(const tenant_rule& tenant) {
    const auto known = by_tenant.find(&tenant);
    if (known != by_tenant.end()) return known->second;
    auto lane = with_.lane;
    lane.tenant = tenant.name;
    return by_tenant.emplace(&tenant, with_.open_outlet(lane)).first->second;
}

void streamed_body::feed(std::string_view bytes) {
    // Of how much each tenant gets, the length tells nothing.
    if (passage_.tenants == nullptr) {
        own_.expect(std::max(std::exchange(expected_, 0), bytes.size()));
    }
    if (!unfinished_.empty()) bytes = complete_unfinished(bytes);
    if (!bytes.empty()) keep_unfinished(with_.refine.refine(passage_, bytes, input_end::no));
}

// Mostly the line ends with the first newline, and what is behind it can be read where it lies. A
// chunk that is shorter than what waits does not pay for reading that again: see
// worth_reading_bytes_.
std::string_view streamed_body::complete_unfinished(std::string_view bytes) {
    const auto newline = bytes.find('\n');
    if (newline != std::string_view::npos && unfinished_.size() <= bytes.size()) {
        unfinished_.append(bytes, 0, newline + 1);
        bytes.remove_prefix(newline + 1);
        refine_unfinished(input_end::no);
        if (unfinished_.empty()) return bytes;
    }
    unfinished_.append(bytes);
    if (unfinished_.size() >= worth_reading_bytes_) refine_unfinished(input_end::no);
    return {};
}

void streamed_body::refine_unfinished(input_end end) {
    const auto rest = with_.refine.refine(passage_, unfinished_, end);
    unfinished_.erase(0, unfinished_.size() - rest.size());
    worth_reading_bytes_ = 2 * unfinished_.size();
}

void streamed_body::keep_unfinished(std::string_view rest) {
    unfinished_.assign(rest);
    worth_reading_bytes_ = 2 * unfinished_.size();
}

body_result streamed_body::finish() {
    refine_unfinished(input_end::yes);
    tell_home(with_.homes, passage_);
    if (with_.seen) tell_presence(with_.watch, *with_.seen, with_.lane, with_.now);
    body_result result{.accepted = 0,
                       .rejected = passage_.rejected,
                       .batches = 0,
                       .first_error = std::move(passage_.first_error)};
    const auto close = [&result](batch_outlet& outlet) {
        outlet.hand_over();
        result.accepted += outlet.points();
        result.batches += outlet.batches();
    };
    close(own_);
    for (auto& [tenant, outlet] : tenants_.by_tenant)
        close(outlet);
    return result;
}

std::size_t streamed_body::bytes_held() const {
    auto bytes = unfinished_.capacity() + own_.bytes_held();
    if (with_.seen) bytes += with_.seen->bytes_held();
    for (const auto& [tenant, outlet] : tenants_.by_tenant)
        bytes += outlet.bytes_held();
    return bytes;
}

}  // namespace relay::ingest
