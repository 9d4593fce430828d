#include "sinks/naming/pve_exporter.hpp"

#include "relay/schema/states.hpp"
#include "sinks/naming/free_label.hpp"
#include "sinks/naming/pve_exporter_names.hpp"

#include <algorithm>
#include <utility>

namespace relay::sinks {

using protocol::field_kind;
using schema::object;

namespace {

/// As in the naming `proxmox`: pushes come every ten seconds, the relay's own lines at least every
/// five minutes.
constexpr std::uint16_t push_silence_seconds = 60;
constexpr std::uint16_t own_silence_seconds = 900;

/// Ids, sources and targets of one line, beside the texts they are made of.
constexpr std::size_t texts_max = 8;
constexpr std::size_t text_start_bytes_max = 32;

std::uint32_t index_of(const protocol::point& point, std::string_view key) noexcept {
    const auto found = std::ranges::find(point.fields, key, &protocol::field::key);
    return static_cast<std::uint32_t>(found - point.fields.begin());
}

bool has(const protocol::point& point, std::uint32_t index) noexcept {
    return index < point.fields.size();
}

/// 9.0 of 9.0.3, 7.4 of 7.4-3.
std::string_view release_of(std::string_view version) noexcept {
    const auto first = version.find('.');
    if (first == std::string_view::npos) return version;
    return version.substr(0, version.find_first_of(".-", first + 1));
}

}  // namespace

pve_exporter::pve_exporter(external_labels constant) : series_labels_(std::move(constant)) {}

const named_line& pve_exporter::name(const protocol::point& point, const journal::lane& lane) {
    begin(point, lane);
    reading of{.point = point, .lane = lane, .line = proxmox_line(point), .id = {}};
    of.id = id_of(of);
    if (of.id.empty()) return line_;
    tags_.push_back({"id", of.id});
    line_.duplicate_labels = series_labels_.assemble(tags_, lane, arena_, line_.labels);
    add_numbers(of);
    const auto is = [&](std::string_view measurement) { return point.measurement == measurement; };
    const auto what = of.line.object;
    if (is("system") && schema::is_guest(what)) add_guest(of);
    if (is("system") && what == object::storage) add_storage(of);
    if (is("system") && what == object::node) add_node(of);
    if (is("relay_up")) add_up(of);
    if (is("relay_guest_info")) add_guest_info(of);
    if (is("relay_node_info")) add_node_info(of);
    if (is("relay_cluster_info")) add_cluster_info(of);
    if (is("relay_subscription")) add_subscription(of);
    if (is("relay_replication")) add_replication(of);
    std::ranges::stable_sort(line_.samples, {}, &named_sample::field);
    return line_;
}

void pve_exporter::begin(const protocol::point& point, const journal::lane& lane) {
    std::size_t bytes = lane.cluster.size() + text_start_bytes_max;
    for (const auto& tag : point.tags)
        bytes += tag.value.size();
    for (const auto& field : point.fields)
        bytes += field.value.text.size();
    const auto label_bytes = free_label_bytes(series_labels_.count_max(point.tags));
    arena_.begin(texts_max * (bytes + text_start_bytes_max) + 4 * label_bytes);
    tags_.clear();
    line_.labels.clear();
    line_.more_labels.clear();
    line_.claims.clear();
    line_.samples.clear();
    line_.words.clear();
    line_.duplicate_labels = 0;
}

/// Empty where the exporter has nothing like it.
std::string_view pve_exporter::id_of(const reading& of) {
    const auto& line = of.line;
    if (line.measurement == "relay_replication") return line.instance;
    switch (line.object) {
        case object::node:
            return joined({"node/", line.host});
        case object::qemu:
        case object::lxc:
            return joined({line.type, "/", line.vmid});
        case object::storage:
            return joined({"storage/", line.nodename, "/", line.host});
        case object::cluster:
            return joined({"cluster/", of.lane.cluster});
        default:
            return {};
    }
}

void pve_exporter::add_numbers(const reading& of) {
    for (std::uint32_t i = 0; i < of.point.fields.size(); ++i) {
        const auto& [key, value] = of.point.fields[i];
        if (value.kind == field_kind::string) continue;
        for (const auto& row : pve_exporter_rows) {
            const bool is_it = row.field == key && row.measurement == of.point.measurement &&
                               row.objects.contains(of.line.object);
            if (is_it) line_.samples.push_back({.field = i, .metric = row.metric, .extra = {}});
        }
    }
}

/// A guest as it is pushed.
void pve_exporter::add_guest(const reading& of) {
    const auto status = index_of(of.point, "status");
    if (!has(of.point, status)) return;
    const bool is_running = of.point.fields[status].value.text == "running";
    if (of.point.fields[status].value.kind != field_kind::string) line_.words.push_back(status);
    auto& up = line_.samples.emplace_back(
        named_sample{.field = status, .metric = "pve_up", .extra = {}, .value = is_running});
    claim_for(up, "up/", of);
    const auto locked = word_of(of, "lock");
    add_states(status, "pve_lock_state", "state", schema::lock_states, locked);
    const auto is_template = word_of(of, "template");
    claim_for(add_info(of, status, "pve_guest_info",
                       {{"node", of.line.nodename},
                        {"name", of.line.host},
                        {"type", of.line.type},
                        {"template", is_template.empty() ? "0" : is_template},
                        {"tags", word_of(of, "tags")}}),
              "guest_info/", of);
}

void pve_exporter::add_storage(const reading& of) {
    const auto first = 0U;
    auto& up = line_.samples.emplace_back(
        named_sample{.field = first, .metric = "pve_up", .extra = {}, .value = 1});
    claim_for(up, "up/", of);
    add_info(of, first, "pve_storage_info",
             {{"node", of.line.nodename},
              {"storage", of.line.host},
              {"plugintype", of.line.type},
              {"content", word_of(of, "content")}});
}

void pve_exporter::add_node(const reading& of) {
    auto& up = line_.samples.emplace_back(
        named_sample{.field = 0, .metric = "pve_up", .extra = {}, .value = 1});
    claim_for(up, "up/", of);
    claim_for(add_info(of, 0, "pve_node_info", {{"name", of.line.host}}), "node_info/", of);
}

void pve_exporter::add_up(const reading& of) {
    const auto up = index_of(of.point, "up");
    if (!has(of.point, up) || of.point.fields[up].value.kind == field_kind::string) return;
    claim_for(
        line_.samples.emplace_back(named_sample{.field = up, .metric = "pve_up", .extra = {}}),
        "up/", of);
}

void pve_exporter::add_guest_info(const reading& of) {
    claim_for(add_info(of, 0, "pve_guest_info",
                       {{"node", of.line.nodename},
                        {"name", of.line.host},
                        {"type", of.line.type},
                        {"template", word_of(of, "template")},
                        {"tags", word_of(of, "tags")}}),
              "guest_info/", of);
    add_states(0, "pve_ha_state", "state", schema::ha_states, word_of(of, "ha_state"));
    const auto onboot = index_of(of.point, "starts_at_boot");
    if (has(of.point, onboot) && of.point.fields[onboot].value.kind != field_kind::string) {
        add_info(of, onboot, "pve_onboot_status",
                 {{"node", of.line.nodename}, {"type", of.line.type}})
            .value.reset();
    }
    if (word_of(of, "in_backup_job") == "0") {
        line_.samples.push_back(
            {.field = 0, .metric = "pve_not_backed_up_info", .extra = {}, .value = 1});
    }
}

void pve_exporter::add_node_info(const reading& of) {
    claim_for(add_info(of, 0, "pve_node_info",
                       {{"name", of.line.host},
                        {"level", word_of(of, "level")},
                        {"nodeid", word_of(of, "node_id")}}),
              "node_info/", of);
    add_states(0, "pve_ha_state", "state", schema::ha_node_states, word_of(of, "ha_state"));
}

void pve_exporter::add_cluster_info(const reading& of) {
    add_info(of, 0, "pve_cluster_info",
             {{"nodes", word_of(of, "nodes")}, {"quorate", word_of(of, "quorate")}});
    const auto version = word_of(of, "version");
    if (version.empty()) return;
    add_info(of, 0, "pve_version_info", {{"release", release_of(version)}, {"version", version}});
    // The exporter has this one without an id.
    std::erase_if(line_.more_labels.back(), [](const auto& label) { return label.name == "id"; });
}

void pve_exporter::add_subscription(const reading& of) {
    const auto status = word_of(of, "status");
    add_states(0, "pve_subscription_status", "status", schema::subscription_states, status);
    const auto level = word_of(of, "level");
    if (!level.empty()) add_info(of, 0, "pve_subscription_info", {{"level", level}});
}

void pve_exporter::add_replication(const reading& of) {
    const auto target = word_of(of, "target");
    add_info(of, 0, "pve_replication_info",
             {{"type", "local"},
              {"source", joined({"node/", of.line.nodename})},
              {"target", joined({"node/", target})},
              {"guest", joined({of.line.type, "/", of.line.vmid})}});
}

named_sample& pve_exporter::add_info(const reading& of, std::uint32_t field,
                                     std::string_view metric,
                                     std::initializer_list<protocol::tag> labels) {
    const auto own = tags_.size();
    for (const auto& label : labels)
        tags_.push_back(label);
    static_cast<void>(
        series_labels_.assemble(tags_, of.lane, arena_, line_.more_labels.emplace_back()));
    tags_.resize(own);
    auto& sample = line_.samples.emplace_back(
        named_sample{.field = field, .metric = metric, .extra = {}, .value = 1});
    sample.label_set = static_cast<std::uint8_t>(line_.more_labels.size());
    return sample;
}

void pve_exporter::add_states(std::uint32_t field, std::string_view metric, std::string_view label,
                              std::span<const std::string_view> states, std::string_view state) {
    const auto free = free_label(label, line_.labels, arena_);
    for (const auto& known : states) {
        line_.samples.push_back({.field = field,
                                 .metric = metric,
                                 .extra = {free, known},
                                 .value = known == state ? 1.0 : 0.0});
    }
    if (state.empty() || std::ranges::find(states, state) != states.end()) return;
    line_.samples.push_back({.field = field, .metric = metric, .extra = {free, state}, .value = 1});
}

void pve_exporter::claim_for(named_sample& sample, std::string_view what, const reading& of) {
    const bool is_own = of.line.is_own();
    line_.claims.push_back(
        {.what = joined({what, of.id}),
         .speaker = is_own ? "relay" : "push",
         .rank = static_cast<std::uint8_t>(is_own ? 1 : 0),
         .silence_seconds = is_own ? own_silence_seconds : push_silence_seconds});
    sample.claim = static_cast<std::uint8_t>(line_.claims.size());
}

std::string_view pve_exporter::word_of(const reading& of, std::string_view field) {
    const auto index = index_of(of.point, field);
    if (!has(of.point, index)) return {};
    const auto& value = of.point.fields[index].value;
    if (value.kind != field_kind::string) line_.words.push_back(index);
    return value.text;
}

std::string_view pve_exporter::joined(std::initializer_list<std::string_view> parts) {
    const auto begin = arena_.size();
    for (const auto part : parts)
        arena_.append(part);
    return arena_.since(begin);
}

}  // namespace relay::sinks
