#include "relay/ingest/sightings.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace relay::ingest {
namespace {

using schema::object;

std::string_view value_of(const protocol::point& point, std::optional<std::size_t> tag) noexcept {
    return tag ? point.tags[*tag].value : std::string_view();
}

std::optional<std::uint32_t> number_of(std::string_view text) noexcept {
    std::uint32_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || at != end || number == 0) return {};
    return number;
}

// Fields come sorted, so it is among the last of some twenty.
run_state state_of(const protocol::point& point) noexcept {
    if (point.measurement != "system") return run_state::unsaid;
    for (auto field = point.fields.rbegin(); field != point.fields.rend(); ++field) {
        if (field->key != "status") continue;
        return field->value.text == "running" ? run_state::running : run_state::resting;
    }
    return run_state::unsaid;
}

}  // namespace

void sightings::add(const protocol::point& point, const tag_plan& plan, std::int64_t time_ns) {
    const auto what = schema::object_of(value_of(point, plan.object));
    const auto host = value_of(point, plan.host);
    // Inventory of a relay before us says what the API knows, not what is there.
    if (!schema::is_pushed(what) || host.empty() || point.measurement.starts_with("relay_")) return;

    const bool is_node = what == object::node || what == object::backup_host;
    sighting one{.what = what,
                 .state = run_state::unsaid,
                 .vmid = 0,
                 .time_ns = time_ns,
                 .node = is_node ? host : value_of(point, plan.nodename),
                 .host = host,
                 .type = {}};
    if (one.node.empty()) return;
    if (schema::is_guest(what)) {
        const auto number = number_of(value_of(point, plan.vmid));
        if (!number) return;
        one.vmid = *number;
        one.state = state_of(point);
    }
    if (what == object::storage) one.type = value_of(point, plan.type);
    if (part_ == transaction_part::fragment && repeats_last(one)) {
        if (one.state != run_state::unsaid) all_.back().state = one.state;
        return;
    }
    keep(one);
}

void sightings::keep(const sighting& one) {
    const auto bytes = [](std::string_view name) {
        return static_cast<std::uint32_t>(name.size());
    };
    const bool is_node = one.node.data() == one.host.data();
    all_.push_back({.what = one.what,
                    .state = one.state,
                    .vmid = one.vmid,
                    .time_ns = one.time_ns,
                    .begin = text_.size(),
                    .node_bytes = bytes(one.node),
                    .host_bytes = is_node ? 0 : bytes(one.host),
                    .type_bytes = bytes(one.type)});
    text_ += one.node;
    if (!is_node) text_ += one.host;
    text_ += one.type;
}

/// A guest's lines stand together.
bool sightings::repeats_last(const sighting& one) const noexcept {
    if (all_.empty()) return false;
    const auto last = (*this)[all_.size() - 1];
    return last.what == one.what && last.vmid == one.vmid && last.time_ns == one.time_ns &&
           last.host == one.host && last.node == one.node;
}

sighting sightings::operator[](std::size_t i) const noexcept {
    const auto& one = all_[i];
    const auto names = std::string_view(text_).substr(one.begin);
    const auto node = names.substr(0, one.node_bytes);
    const bool is_node = one.host_bytes == 0;
    return {.what = one.what,
            .state = one.state,
            .vmid = one.vmid,
            .time_ns = one.time_ns,
            .node = node,
            .host = is_node ? node : names.substr(one.node_bytes, one.host_bytes),
            .type = names.substr(one.node_bytes + one.host_bytes, one.type_bytes)};
}

void sightings::clear() noexcept {
    all_.clear();
    text_.clear();
}

}  // namespace relay::ingest
