#include "tests/support/naming_document.hpp"

#include "relay/schema/table.hpp"
#include "sinks/naming/proxmox_names.hpp"
#include "sinks/naming/pve_exporter_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

namespace relay::test_support {

namespace {

using schema::field_row;
using schema::line_rows;
using schema::object;
using schema::unit;
using schema::value_kind;

constexpr std::string_view beginning = R"(# Lines, fields and names

All that Proxmox VE 7 to 9 and Proxmox Backup Server 2 to 4 push, what the relay says itself, and what
becomes of it in a Prometheus. In an InfluxDB each line is what stands here: measurement, tags, fields.
This page is made of `relay/schema` and `sinks/naming` by `./dev naming`; a test holds it against them.

## Namings

A sink of type `prometheus` has one or more, as `naming = ["proxmox", "pve-exporter"]`. No two of them
ever give a series the same name.

| naming | what it gives |
|---|---|
| `measurement_field` | `<measurement>_<field>` with the line's tags as labels, as VictoriaMetrics and vmagent name line protocol (`docs/remote-write.md`) |
| `proxmox` | what Proxmox means by it, in base units: `proxmox_ve_<object>_<what>_<unit>[_total]`, `proxmox_bs_…` of a Backup Server |
| `pve-exporter` | names, labels and ids of prometheus-pve-exporter 3.10 |

Every series has `job="pve"`, `instance="<cluster>"` and the sink's `external_labels`. A string is never
0: a state is a state set, one series for each known state, 1 where it holds; other text stands in the
labels of an info series, whose value is always 1.

In `proxmox`:
- Tags become labels by what they mean: `host` is `node`, `name` or `storage`, `nodename` is `node`,
  `instance` is `device`. `tap100i0` is called `net0`, as in the guest's configuration. Other tags, as
  those of `[tags]`, stay as they are.
- Ticks and nanoseconds become seconds, percent a ratio.
- Fields that are always the same, or follow from others, are left out (`unused_fields = true` keeps them).
- `veth200i0` of a node is given to container 200, directions swapped: what the node receives there the
  container has sent. Other virtual interfaces of a node are left out (`virtual_nics = true` keeps them);
  before PVE 9 they are known by their names: `lo`, `tap…`, `veth…`, `fwbr…`, `fwln…`, `fwpr…`, `vmbr…`,
  `bond…`, `vxlan…`, VLANs and the like.
- A storage has the label `shared`. Every node reports a shared one: one node is heard until it is silent
  for a minute, and the series has no `node`, so that a sum counts the storage once.
- What is known of a guest (`proxmox_ve_guest_info`) comes from the relay's own `relay_guest_info` while
  the API is asked, and from the push otherwise; never from both.
- A field that this page does not know becomes `proxmox_ve_<object>_<measurement>_<field>`, of unknown type.
- Lines of other senders are named as by `measurement_field`.
)";

constexpr std::string_view doubts = R"(
## Values to doubt

| value | when | what the relay does |
|---|---|---|
| `cpu` = 0 | the first sample of a node or guest after pvestatd or the guest was started | nothing: it cannot be told from an idle guest |
| `diskread` = `diskwrite` = 0 of a running machine | QEMU did not answer for a cycle (qemu-server before 9.0.23) | over HTTP left out, since the machine's `blockstat` is missing as well; over UDP passed on |
| `mem` of a machine | before PVE 9 an estimate where the balloon driver does not report; it jumps at the upgrade | nothing |
| `memused` of a node | redefined by PVE 8.4: a step at the upgrade | nothing |
| pressure = 0 of a machine | the kernel does not measure pressure | nothing |
| `iowait` | the kernel's counter may go backwards, and `wait` below 0 | nothing |
| counters of a guest | begin at 0 with each start, those of drives with each live migration | `rate()` sees a reset |
)";

std::string_view tags_of(const line_rows& lines) {
    const auto is = [&](object what) { return lines.objects.contains(what); };
    if (is(object::qemu) && is(object::lxc))
        return "`object=qemu` or `lxc`, `vmid`, `nodename`, `host`";
    if (is(object::qemu)) return "`object=qemu`, `vmid`, `nodename`, `host`";
    if (is(object::lxc)) return "`object=lxc`, `vmid`, `nodename`, `host`";
    if (is(object::node)) return "`object=nodes`, `host`";
    if (is(object::storage)) return "`object=storages`, `nodename`, `host`, `type`";
    if (is(object::backup_host)) return "`object=host`, `host`";
    if (is(object::cluster)) return "`object=cluster`, `host`";
    if (is(object::pool)) return "`object=pools`, `host`";
    return "`object=ha`, `nodename`, `host`";
}

std::string_view title_of(const line_rows& lines) {
    const auto is = [&](object what) { return lines.objects.contains(what); };
    if (is(object::qemu) && is(object::lxc)) return "of a guest";
    if (is(object::qemu)) return "of a virtual machine";
    if (is(object::lxc)) return "of a container";
    if (is(object::node)) return "of a node";
    if (is(object::storage)) return "of a storage";
    if (is(object::backup_host))
        return lines.only_tag.empty() ? "of a Backup Server" : "of a datastore";
    if (is(object::cluster)) return "of a cluster";
    if (is(object::pool)) return "of a pool";
    return "of an HA service";
}

std::string_view name_of(unit u) {
    switch (u) {
        case unit::bytes:
            return "bytes";
        case unit::seconds:
            return "seconds";
        case unit::timestamp:
            return "seconds since 1970";
        case unit::ticks:
            return "1/100 s";
        case unit::nanoseconds:
            return "ns";
        case unit::ratio:
            return "0 to 1";
        case unit::percent:
            return "percent";
        case unit::none:
            break;
    }
    return "";
}

std::string kind_of(const field_row& row) {
    switch (row.kind) {
        case value_kind::text:
        case value_kind::repeated:
            return "text";
        case value_kind::state:
            return "state";
        case value_kind::word:
            return "number that is a word";
        case value_kind::number:
        case value_kind::unused:
            break;
    }
    const bool is_counter = row.course == schema::course::counter;
    const auto of = name_of(row.unit);
    return fmt::format("{}{}{}", is_counter ? "counter" : "gauge", of.empty() ? "" : ", ", of);
}

std::string metric_of(const line_rows& lines, const field_row& row) {
    if (row.kind == value_kind::repeated) return "–";
    const auto name = fmt::format("{}", fmt::join(sinks::proxmox_name(lines, row), ""));
    if (row.kind == value_kind::unused) return fmt::format("(`{}`)", name);
    if (row.label.empty()) return fmt::format("`{}`", name);
    if (row.label_value.empty()) return fmt::format("`{}{{{}}}`", name, row.label);
    return fmt::format("`{}{{{}=\"{}\"}}`", name, row.label, row.label_value);
}

void add_lines(std::string& out, const line_rows& lines) {
    const auto to = std::back_inserter(out);
    fmt::format_to(to, "\n### `{}` {}\n\n", lines.measurement, title_of(lines));
    fmt::format_to(to, "Tags: {}", tags_of(lines));
    if (lines.labels.find("device") != std::string_view::npos) out += ", `instance`";
    if (!lines.only_tag.empty()) fmt::format_to(to, ", `{}`", lines.only_tag);
    if (lines.labels == "type") out += ", `type`";
    out += ". Labels in `proxmox`: `cluster`";
    for (auto rest = lines.labels; !rest.empty();) {
        const auto end = rest.find(", ");
        fmt::format_to(to, ", `{}`", rest.substr(0, end));
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 2);
    }
    out += ".\n";
    if (!lines.source.empty()) fmt::format_to(to, "From: {}.\n", lines.source);
    if (!lines.absent.empty()) fmt::format_to(to, "No such line: {}.\n", lines.absent);
    out += "\n| field | is | in `proxmox` | meaning | missing |\n|---|---|---|---|---|\n";
    for (const auto& row : lines.rows) {
        fmt::format_to(to, "| `{}` | {} | {} | {} | {} |\n", row.field, kind_of(row),
                       metric_of(lines, row), row.help, row.absent);
    }
}

void add_all_lines(std::string& out) {
    out +=
        "\n## What Proxmox pushes\n\nEvery ten seconds, from each node. A name in brackets is that "
        "of a field which is left out by default.\n";
    for (const auto& lines : schema::line_table) {
        if (!lines.measurement.starts_with(schema::own_measurement_start)) add_lines(out, lines);
    }
    out +=
        "\n## What the relay says\n\nLines of the relay's own, in the journal and in every sink "
        "beside Proxmox's. What is not known is left out, never 0.\n";
    for (const auto& lines : schema::line_table) {
        if (lines.measurement.starts_with(schema::own_measurement_start)) add_lines(out, lines);
    }
    out +=
        "\n### `relay_event`\n\nWhat presence noticed, as text for people: `kind` (silent, gone, "
        "back, migrated, renamed, deleted), `text`, and `from` and `to` where it applies, with the "
        "tags of the object. No naming makes series of it.\n";
}

void add_exporter(std::string& out) {
    const auto to = std::back_inserter(out);
    out +=
        "\n## `pve-exporter`\n\nOf the exporter's two ways to count it has both, the deprecated "
        "gauges as well. Ids are `node/<node>`, `qemu/<vmid>`, `lxc/<vmid>`, "
        "`storage/<node>/<storage>`, `cluster/<cluster>`, and of a replication job its own. "
        "`pve_up`, `pve_guest_info` and `pve_node_info` come from the relay's own lines while "
        "those "
        "come (`relay_up`, `relay_guest_info`, `relay_node_info`), from the push when they have "
        "been "
        "silent for a quarter of an hour, or never came; there is never one of each.\n\n"
        "| metric | type | labels | from | meaning | missing |\n|---|---|---|---|---|---|\n";
    for (const auto& one : sinks::pve_exporter_families()) {
        fmt::format_to(to, "| `{}` | {} | {} | {} | {} | {} |\n", one.name, to_string(one.type),
                       one.labels, fmt::join(one.sources, ", "), one.help, one.absent);
    }
    out += "\nWhat it has not:\n\n| the exporter's | why not |\n|---|---|\n";
    for (const auto& [name, reason] : sinks::pve_exporter_missing())
        fmt::format_to(to, "| `{}` | {} |\n", name, reason);
}

}  // namespace

std::string naming_document() {
    std::string out(beginning);
    add_all_lines(out);
    add_exporter(out);
    out += doubts;
    return out;
}

std::string naming_exposition() {
    std::string out;
    for (const auto& one : sinks::proxmox_families()) {
        const bool is_counter = one.type == sinks::metric_type::counter;
        fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n{0} 1\n", one.name,
                       one.help, is_counter ? "counter" : "gauge");
    }
    return out;
}

}  // namespace relay::test_support
