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

/// Adds what only some of the sources have: it is said once for all.
void add_words(std::string& list, std::string_view more, std::string_view between) {
    if (more.empty() || list.find(more) != std::string::npos) return;
    if (!list.empty()) list += between;
    list += more;
}

void add(metric_family& family, const line_rows& lines, const field_row& row) {
    if (family.labels.empty()) {
        family.labels = lines.labels.empty() ? "cluster" : fmt::format("cluster, {}", lines.labels);
    }
    family.unit = base_unit_of(row.unit);
    family.type = type_of(row);
    family.by_default = row.kind != value_kind::unused;
    add_words(family.labels, row.label, ", ");
    family.sources.push_back(fmt::format("{}.{}", lines.measurement, row.field));
    if (is_info(row)) {
        if (family.help.empty()) family.help = "Always 1. Its labels say";
        const auto words = fmt::format(" {} ({})", row.label, row.help);
        if (family.help.find(words) == std::string::npos) family.help += words + ",";
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
    for (auto& [name, family] : by_name) {
        if (family.help.ends_with(',')) family.help.back() = '.';
        all.push_back(std::move(family));
    }
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
        case schema::object::pool:
            return "proxmox_ve_pool";
        case schema::object::ha_service:
            return "proxmox_ve_ha_service";
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
