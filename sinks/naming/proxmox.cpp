#include "sinks/naming/proxmox.hpp"

#include "relay/schema/known_fields.hpp"
#include "sinks/naming/free_label.hpp"
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/sanitise.hpp"

#include <algorithm>
#include <string>

namespace relay::sinks {

using protocol::field_kind;
using schema::object;
using schema::value_kind;

namespace {

/// Longest name that the table makes, and what is put around what it does not know.
constexpr std::size_t name_bytes_max = 128;
/// Info series of one line; the table has at most two.
constexpr std::size_t infos_max = 4;

/// A push comes every ten seconds and may miss a few; the relay's own lines come at least every
/// five minutes.
constexpr std::uint16_t push_silence_seconds = 60;
constexpr std::uint16_t own_silence_seconds = 900;

constexpr std::string_view guest_info = "proxmox_ve_guest_info";

const protocol::field* find_field(const protocol::point& point, std::string_view key) noexcept {
    const auto found = std::ranges::find(point.fields, key, &protocol::field::key);
    return found == point.fields.end() ? nullptr : &*found;
}

bool says_virtual(const protocol::field& kind) noexcept {
    return kind.value.text == "virtual" || kind.value.text == "Virtual";
}

}  // namespace

proxmox_naming::proxmox_naming(const external_labels& constant, proxmox_naming_options options)
    : options_(options),
      foreign_(constant),
      series_labels_(constant) {}

const named_line& proxmox_naming::name(const protocol::point& point, const journal::lane& lane) {
    const proxmox_line line(point);
    if (line.measurement == schema::event_measurement) return nothing_;
    if (!line.is_known()) return options_.foreign_lines ? foreign_.name(point, lane) : nothing_;
    begin(point);
    const bool is_interface = line.object == object::node && line.measurement == "nics";
    if (const auto card = card_of(line.instance, "veth"); card && is_interface) {
        add_tag("cluster", line.cluster);
        add_tag("node", line.node());
        add_card(point, *card);
        line_.duplicate_labels = series_labels_.assemble(tags_, lane, arena_, line_.labels);
        return line_;
    }
    add_labels(point, line);
    line_.duplicate_labels = series_labels_.assemble(tags_, lane, arena_, line_.labels);
    if (is_left_out(point, line)) return line_;
    for (std::uint32_t i = 0; i < point.fields.size(); ++i)
        add_field(i, point.fields[i], line);
    add_infos(lane, line);
    return line_;
}

void proxmox_naming::begin(const protocol::point& point) {
    std::size_t tag_bytes = series_labels::arena_bytes(point.tags) + name_bytes_max;
    for (const auto& [key, value] : point.tags)
        tag_bytes += value.size();
    std::size_t bytes = (infos_max + 1) * tag_bytes + name_bytes_max;
    const auto label_bytes = free_label_bytes(series_labels_.count_max(point.tags) + 4);
    for (const auto& [key, value] : point.fields) {
        bytes += name_bytes_max + point.measurement.size() + 2 * key.size() + value.text.size();
        bytes += label_bytes;
    }
    arena_.begin(bytes);
    tags_.clear();
    infos_.clear();
    line_.labels.clear();
    line_.more_labels.clear();
    line_.claims.clear();
    line_.samples.clear();
    line_.words.clear();
    line_.duplicate_labels = 0;
}

/// The first of a name stays: what Proxmox says comes before what others added.
void proxmox_naming::add_tag(std::string_view label, std::string_view value) {
    const auto is_same = [&](const protocol::tag& one) { return one.key == label; };
    if (value.empty() || std::ranges::any_of(tags_, is_same)) return;
    tags_.push_back({label, value});
}

void proxmox_naming::add_labels(const protocol::point& point, const proxmox_line& line) {
    add_tag("cluster", line.cluster);
    if (line.object == object::storage) {
        add_storage(point, line);
    } else {
        add_tag("node", line.node());
    }
    add_tag("vmid", line.vmid);
    add_tag("type", line.type);
    if (schema::is_guest(line.object)) add_tag("name", line.host);
    if (line.object == object::pool) add_tag("pool", line.host);
    if (line.object == object::ha_service) add_tag("service", line.host);
    const bool is_card = line.object == object::qemu && line.measurement == "nics";
    const auto card = card_of(line.instance, "tap");
    add_tag("device", is_card && card ? joined("net", card->number) : line.instance);
    add_tag("datastore", line.datastore);
    for (const auto& [key, value] : point.tags) {
        const bool is_read = schema::is_tag(key) || key == "cluster";
        if (!is_read) add_tag(key, value);
    }
}

/// Every node reports a shared storage: one of them is heard, and it is nobody's.
void proxmox_naming::add_storage(const protocol::point& point, const proxmox_line& line) {
    add_tag("storage", line.host);
    const auto* shared = find_field(point, "shared");
    if (shared != nullptr && shared->value.kind != field_kind::string) {
        line_.words.push_back(static_cast<std::uint32_t>(shared - point.fields.data()));
        add_tag("shared", shared->value.text);
        if (shared->value.text != "0") {
            line_.claims.push_back(
                {joined("storage/", line.host), line.nodename, 0, push_silence_seconds});
            return;
        }
    }
    add_tag("node", line.nodename);
}

bool proxmox_naming::is_left_out(const protocol::point& point, const proxmox_line& line) const {
    const bool is_host = line.object == object::node || line.object == object::backup_host;
    if (options_.virtual_nics || !is_host || line.measurement != "nics") return false;
    const auto* kind = find_field(point, line.object == object::node ? "type" : "ty");
    return kind != nullptr ? says_virtual(*kind) : looks_virtual(line.instance);
}

/// The interface of a node that is a container's: what the one end receives, the other has sent.
void proxmox_naming::add_card(const protocol::point& point, const guest_card& card) {
    add_tag("vmid", card.vmid);
    add_tag("type", "lxc");
    add_tag("device", joined("net", card.number));
    for (const auto& [key, value] : point.tags) {
        const bool is_read = schema::is_tag(key) || key == "cluster";
        if (!is_read) add_tag(key, value);
    }
    for (std::uint32_t i = 0; i < point.fields.size(); ++i) {
        const auto& field = point.fields[i];
        if (field.value.kind == field_kind::string) continue;
        if (field.key == "receive") {
            line_.samples.push_back({i, "proxmox_ve_guest_nic_transmit_bytes_total", {}});
        } else if (field.key == "transmit") {
            line_.samples.push_back({i, "proxmox_ve_guest_nic_receive_bytes_total", {}});
        }
    }
}

void proxmox_naming::add_field(std::uint32_t index, const protocol::field& field,
                               const proxmox_line& line) {
    const auto [lines, row] = line.find(field.key);
    if (row == nullptr) return add_unknown(index, field, line);
    const bool is_string = field.value.kind == field_kind::string;
    switch (row->kind) {
        case value_kind::repeated:
            return;
        case value_kind::unused:
            if (!options_.unused_fields) return;
            [[fallthrough]];
        case value_kind::number:
            if (is_string) return add_unknown(index, field, line);
            return add_number(index, metric_of(*lines, *row), *row);
        case value_kind::state:
            if (!is_string) return add_unknown(index, field, line);
            return add_states(index, metric_of(*lines, *row), *row, field.value.text);
        case value_kind::text:
        case value_kind::word:
            if (!is_string) line_.words.push_back(index);
            return add_word(index, metric_of(*lines, *row), *row, field.value.text);
    }
}

void proxmox_naming::add_number(std::uint32_t index, std::string_view metric,
                                const schema::field_row& row) {
    named_sample sample{.field = index, .metric = metric, .extra = {}};
    sample.divisor = schema::divisor_of(row.unit);
    if (!row.label.empty()) {
        sample.extra = {free_label(row.label, line_.labels, arena_), row.label_value};
    }
    line_.samples.push_back(sample);
}

void proxmox_naming::add_states(std::uint32_t index, std::string_view metric,
                                const schema::field_row& row, std::string_view state) {
    if (state.empty()) return;
    const auto label = free_label(row.label, line_.labels, arena_);
    for (const auto& known : row.states)
        line_.samples.push_back({index, metric, {label, known}, known == state ? 1.0 : 0.0});
    if (std::ranges::find(row.states, state) == row.states.end()) {
        line_.samples.push_back({index, metric, {label, state}, 1});
    }
}

void proxmox_naming::add_word(std::uint32_t index, std::string_view metric,
                              const schema::field_row& row, std::string_view value) {
    const auto found = std::ranges::find(infos_, metric, &info::metric);
    if (found != infos_.end()) {
        found->labels.push_back({row.label, value});
    } else if (infos_.size() < infos_max) {
        infos_.push_back({metric, index, {{row.label, value}}});
    }
}

/// Named after itself, and never as something that the table knows.
void proxmox_naming::add_unknown(std::uint32_t index, const protocol::field& field,
                                 const proxmox_line& line) {
    const auto begin = arena_.size();
    arena_.append(proxmox_prefix(line.object));
    arena_.append("_");
    sanitise_metric_part(line.measurement, arena_);
    arena_.append("_");
    sanitise_metric_part(field.key, arena_);
    if (find_family(proxmox_families(), arena_.since(begin)) != nullptr) arena_.append("_untyped");
    if (field.value.kind != field_kind::string) {
        line_.samples.push_back({index, arena_.since(begin), {}});
        return;
    }
    if (field.value.text.empty()) return;
    arena_.append("_info");
    const auto metric = arena_.since(begin);
    const auto label = free_label(field.key, line_.labels, arena_);
    line_.samples.push_back({index, metric, {label, field.value.text}, 1});
}

/// What is known of a guest comes from a push, and from the API where the relay may ask it.
void proxmox_naming::add_infos(const journal::lane& lane, const proxmox_line& line) {
    const auto shared_claim = static_cast<std::uint8_t>(line_.claims.size());
    const auto own_tags = tags_.size();
    const bool is_guest = schema::is_guest(line.object) && line.measurement == "system";
    const auto is_there = std::ranges::find(infos_, guest_info, &info::metric) != infos_.end();
    // A guest without tags has an info as well: others are joined with it.
    if (is_guest && !is_there) infos_.push_back({guest_info, 0, {}});
    for (const auto& [metric, field, labels] : infos_) {
        for (const auto& label : labels)
            add_tag(label.key, label.value);
        static_cast<void>(
            series_labels_.assemble(tags_, lane, arena_, line_.more_labels.emplace_back()));
        tags_.resize(own_tags);
        named_sample sample{.field = field, .metric = metric, .extra = {}, .value = 1};
        sample.label_set = static_cast<std::uint8_t>(line_.more_labels.size());
        if (metric == guest_info) {
            line_.claims.push_back({joined("guest_info/", line.vmid),
                                    line.is_own() ? "api" : "push",
                                    static_cast<std::uint8_t>(line.is_own() ? 1 : 0),
                                    line.is_own() ? own_silence_seconds : push_silence_seconds});
            sample.claim = static_cast<std::uint8_t>(line_.claims.size());
        }
        line_.samples.push_back(sample);
    }
    if (shared_claim != 0) {
        for (auto& sample : line_.samples)
            sample.claim = 1;
    }
    std::ranges::stable_sort(line_.samples, {}, &named_sample::field);
}

std::string_view proxmox_naming::metric_of(const schema::line_rows& lines,
                                           const schema::field_row& row) {
    const auto begin = arena_.size();
    for (const auto part : proxmox_name(lines, row))
        arena_.append(part);
    return arena_.since(begin);
}

std::string_view proxmox_naming::joined(std::string_view start, std::string_view end) {
    const auto begin = arena_.size();
    arena_.append(start);
    arena_.append(end);
    return arena_.since(begin);
}

}  // namespace relay::sinks
