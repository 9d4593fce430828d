#include "sinks/naming/proxmox_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace relay::sinks {

using schema::field_row;
using schema::line_rows;
using schema::unit;
using schema::value_kind;

namespace {

std::string_view suffix_of(unit u) noexcept {
    switch (u) {
        case unit::bytes:
            return "_bytes";
        case unit::seconds:
        case unit::ticks:
        case unit::nanoseconds:
            return "_seconds";
        case unit::timestamp:
            return "_timestamp_seconds";
        case unit::ratio:
        case unit::percent:
            return "_ratio";
        case unit::none:
            break;
    }
    return {};
}

std::string_view base_unit_of(unit u) noexcept {
    auto suffix = suffix_of(u);
    if (u == unit::timestamp) return "seconds";
    return suffix.empty() ? suffix : suffix.substr(1);
}

bool is_info(const field_row& row) noexcept {
    return row.kind == value_kind::text || row.kind == value_kind::word;
}

metric_type type_of(const field_row& row) noexcept {
    if (is_info(row)) return metric_type::info;
    if (row.kind == value_kind::state) return metric_type::state_set;
    return row.course == schema::course::counter ? metric_type::counter : metric_type::gauge;
}

std::string base_labels(const line_rows& lines) {
    using schema::object;
    const auto of = [&](object what) { return lines.objects.contains(what); };
    const auto is = [&](std::string_view measurement) { return lines.measurement == measurement; };
    std::string labels = "cluster";
    if (of(object::node) || of(object::backup_host)) labels += ", node";
    if (of(object::qemu) || of(object::lxc)) labels += ", node, vmid, type, name";
    if (of(object::storage)) labels += ", node (not of a shared one), storage, type, shared";
    if (!lines.only_tag.empty()) labels += fmt::format(", {}", lines.only_tag);
    const bool is_device = is("nics") || is("relay_guest_nic") || is("relay_guest_drive") ||
                           is("relay_disk") || is("relay_zfs_pool") || is("relay_certificate") ||
                           (is("blockstat") && of(object::qemu));
    if (is_device) labels += ", device";
    return labels;
}

/// Adds what only some of the sources have: it is said once for all.
void add_words(std::string& list, std::string_view more, std::string_view between) {
    if (more.empty() || list.find(more) != std::string::npos) return;
    if (!list.empty()) list += between;
    list += more;
}

void add(metric_family& family, const line_rows& lines, const field_row& row) {
    if (family.labels.empty()) family.labels = base_labels(lines);
    family.unit = base_unit_of(row.unit);
    family.type = type_of(row);
    family.by_default = row.kind != value_kind::unused;
    add_words(family.labels, row.label, ", ");
    family.sources.push_back(fmt::format("{}.{}", lines.measurement, row.field));
    if (is_info(row)) {
        add_words(family.help, fmt::format("`{}`: {}", row.label, row.help), " ");
    } else {
        add_words(family.help, row.help, " ");
        add_words(family.absent, row.absent, "; ");
    }
}

metric_families make_families() {
    std::map<std::string, metric_family> by_name;
    for (const auto& lines : schema::line_table) {
        for (const auto& row : lines.rows) {
            if (row.kind == value_kind::repeated) continue;
            const auto name = fmt::format("{}", fmt::join(proxmox_name(lines, row), ""));
            auto& family = by_name[name];
            family.name = name;
            add(family, lines, row);
        }
    }
    metric_families all;
    for (auto& [name, family] : by_name)
        all.push_back(std::move(family));
    return all;
}

}  // namespace

std::array<std::string_view, 5> proxmox_name(const line_rows& lines,
                                             const field_row& row) noexcept {
    if (is_info(row)) {
        const bool is_plain = row.what == "info";
        return {lines.prefix, "_", row.what, is_plain ? "" : "_info", ""};
    }
    const bool is_counter = row.course == schema::course::counter;
    return {lines.prefix, "_", row.what, suffix_of(row.unit), is_counter ? "_total" : ""};
}

std::string_view proxmox_prefix(schema::object object) noexcept {
    switch (object) {
        case schema::object::node:
            return "proxmox_ve_node";
        case schema::object::qemu:
        case schema::object::lxc:
            return "proxmox_ve_guest";
        case schema::object::storage:
            return "proxmox_ve_storage";
        case schema::object::backup_host:
            return "proxmox_bs_host";
        case schema::object::cluster:
        case schema::object::foreign:
            break;
    }
    return "proxmox_ve_cluster";
}

const metric_families& proxmox_families() {
    static const metric_families all = make_families();
    return all;
}

}  // namespace relay::sinks
