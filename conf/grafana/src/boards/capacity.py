"""Capacity Planning: how much has been promised, how much is used, and when it is over."""

from boards.words import NODE, OF_NODE, STORAGE
from dashboards import Dashboard, Row
from influx import Ask
from panels import BUSY, GREEN, ORANGE, RED, graph, stat, table

PROMISED = ((None, GREEN), (1, ORANGE), (1.5, RED))
SOON = ((None, RED), (7 * 86400, ORANGE), (30 * 86400, GREEN))
CPUS, GUEST_CPUS = "proxmox_ve_node_cpus", "proxmox_ve_guest_cpus"
SIZE, GUEST_SIZE = "proxmox_ve_node_memory_size_bytes", "proxmox_ve_guest_memory_size_bytes"

states = Row("", [
    stat("Processors", [(f"sum({CPUS})", "there"), (f"sum({GUEST_CPUS})", "promised")],
         [Ask("cpustat", "nodes", {"there": "cpus"}, across="sum", legend="{value}"),
          Ask("system", "guests", {"promised": "cpus"}, across="sum", legend="{value}")],
         about="Of all guests, running or not."),
    stat("Memory", [(f"sum({SIZE})", "there"), (f"sum({GUEST_SIZE})", "promised")],
         [Ask("memory", "nodes", {"there": "memtotal"}, across="sum", legend="{value}"),
          Ask("system", "guests", {"promised": "maxmem"}, across="sum", legend="{value}")],
         unit="bytes", about="Of all guests, running or not."),
    stat("Memory without the largest node",
         [("sum(proxmox_ve_node_memory_used_bytes)"
           f" / (sum({SIZE}) - (max({SIZE}) and on () (count({SIZE}) > 1)))", "")], [],
         unit="percentunit", steps=BUSY, empty="one node: there is no other to go to",
         about="Of what the other nodes have, what would be in use if the largest failed and all of"
               " its guests moved."),
    stat("Local storage", [('sum(proxmox_ve_storage_used_bytes{shared="0"})'
                            ' / sum(proxmox_ve_storage_size_bytes{shared="0"})', "")], [],
         unit="percentunit", most=1, steps=BUSY, empty="no local storage"),
    stat("Shared storage", [('sum(proxmox_ve_storage_used_bytes{shared="1"})'
                             ' / sum(proxmox_ve_storage_size_bytes{shared="1"})', "")], [],
         unit="percentunit", most=1, steps=BUSY, empty="no shared storage"),
    stat("Guests", [("count(proxmox_ve_guest_uptime_seconds)", "")],
         [Ask("system", "guests", {"guests": "uptime * 0.0 + 1.0"}, across="sum")]),
])

promised = Row("Promised and used", [
    graph("Processors promised for one", [(f"sum by (node) ({GUEST_CPUS}) / sum by (node) ({CPUS})",
                                           "{{node}}")], [],
          steps=((None, GREEN), (3, ORANGE), (6, RED)), about="Of all guests of the node."),
    graph("Memory promised", [(f"sum by (node) ({GUEST_SIZE}) / sum by (node) ({SIZE})", "{{node}}")],
          [], unit="percentunit", steps=PROMISED,
          about="Above 100 %, a node cannot give all of its guests what they may ask for."),
    graph("Processors promised by node",
          [(f"sum by (node) ({CPUS})", "{{node}} there"),
           (f"sum by (node) ({GUEST_CPUS})", "{{node}} promised")],
          [Ask("cpustat", "nodes", {"there": "cpus"}, by=("host",), legend="{host} there"),
           Ask("system", "guests", {"promised": "cpus"}, by=("nodename",), across="sum",
               legend="{nodename} promised")]),
    graph("Memory promised by node",
          [(f"sum by (node) ({SIZE})", "{{node}} there"),
           (f"sum by (node) ({GUEST_SIZE})", "{{node}} promised")],
          [Ask("memory", "nodes", {"there": "memtotal"}, by=("host",), legend="{host} there"),
           Ask("system", "guests", {"promised": "maxmem"}, by=("nodename",), across="sum",
               legend="{nodename} promised")],
          unit="bytes"),
    table("Nodes", [("CPU, mean", "avg_over_time(proxmox_ve_node_cpu_usage_ratio[$__range])"),
                    ("CPU, busiest", "quantile_over_time(0.95, "
                                     "proxmox_ve_node_cpu_usage_ratio[$__range])"),
                    ("Memory, most", "max_over_time(proxmox_ve_node_memory_used_bytes[$__range])"
                                     " / proxmox_ve_node_memory_size_bytes"),
                    ("Root disk", "proxmox_ve_node_root_used_bytes"
                                  " / proxmox_ve_node_root_size_bytes")],
          [Ask("blockstat", "nodes", {"Root disk": "used / blocks"}, by=OF_NODE)],
          keys=NODE, columns={heading: ("percentunit", {}, BUSY) for heading in
                              ("CPU, mean", "CPU, busiest", "Memory, most", "Root disk")},
          worst=("Root disk", True), height=7,
          about="Over the range of the dashboard; busiest is what 95 % of the time stay below."),
])

growth = Row("Growth", [
    graph("CPU", [("sum(proxmox_ve_node_cpu_usage_ratio * proxmox_ve_node_cpus)"
                   " / sum(proxmox_ve_node_cpus)", "busy")],
          [Ask("cpustat", "nodes", {"busy": "cpu * cpus", "cpus": "cpus"}, across="sum",
               then={"used": "busy / cpus"}, legend="busy")],
          unit="percentunit", most=1, steps=BUSY, width=8),
    graph("Memory", [(f"sum(proxmox_ve_node_memory_used_bytes) / sum({SIZE})", "used")],
          [Ask("memory", "nodes", {"used": "memused", "size": "memtotal"}, across="sum",
               then={"share": "used / size"}, legend="used")],
          unit="percentunit", most=1, steps=BUSY, width=8),
    graph("Storages", [("max by (storage) (proxmox_ve_storage_used_bytes)", "{{storage}}")],
          [Ask("system", "storages", {"used": "used"}, by=("host",), across="max", legend="{host}")],
          unit="bytes", width=8, about="Of a name that several nodes have, the most."),
    table("Storages that fill up",
          [("Full in", "proxmox_ve_storage_available_bytes"
                       " / (deriv(proxmox_ve_storage_used_bytes[1d]) > 0)"),
           ("In use", "proxmox_ve_storage_used_bytes / (proxmox_ve_storage_size_bytes > 0)"),
           ("Free", "proxmox_ve_storage_available_bytes")], [],
          keys=STORAGE, columns={"Full in": ("s", {}, SOON), "In use": ("percentunit", {}, BUSY),
                                 "Free": "bytes"},
          worst=("Full in", False), empty="none fills up",
          about="If it goes on as in the last day. A storage that shrinks has no day."),
])

CAPACITY = Dashboard("capacity", "Proxmox: Capacity Planning",
                     "How much has been promised, how much is used, and when it is over.",
                     ("cluster", "node"), [states, promised, growth], since="now-30d", refresh="5m")
