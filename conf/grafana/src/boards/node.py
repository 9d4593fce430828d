"""Node: one machine, or several beside each other."""

from boards.words import (GUEST, NODE, OF_GUEST, OF_NODE, TO_GUEST, UP, WITHOUT_API)
from dashboards import Dashboard, Row
from influx import Ask
from panels import BUSY, GREEN, ORANGE, RED, Info, graph, stat, table

# InfluxDB has every interface of a node, each guest's as well; Prometheus by default only these.
PHYSICAL = "^(en|eth|ib|nic|wl)"
MODES = ("user", "nice", "system", "iowait", "irq", "softirq", "steal")

states = Row("", [
    stat("State", [("max by (node) (proxmox_ve_node_up)", "{{node}}")],
         [Ask("relay_up", "nodes", {"up": "up"}, by=("host",), legend="{host}")], words=UP),
    stat("Uptime", [("max by (node) (proxmox_ve_node_uptime_seconds)", "{{node}}")],
         [Ask("system", "nodes", {"uptime": "uptime"}, by=("host",), legend="{host}")], unit="s"),
    stat("CPU", [("max by (node) (proxmox_ve_node_cpu_usage_ratio)", "{{node}}")],
         [Ask("cpustat", "nodes", {"cpu": "cpu"}, by=("host",), legend="{host}")],
         unit="percentunit", most=1, steps=BUSY),
    stat("Memory", [("max by (node) (proxmox_ve_node_memory_used_bytes"
                     " / proxmox_ve_node_memory_size_bytes)", "{{node}}")],
         [Ask("memory", "nodes", {"memory": "memused / memtotal"}, by=("host",), legend="{host}")],
         unit="percentunit", most=1, steps=BUSY),
    stat("Root disk", [("max by (node) (proxmox_ve_node_root_used_bytes"
                        " / proxmox_ve_node_root_size_bytes)", "{{node}}")],
         [Ask("blockstat", "nodes", {"root": "used / blocks"}, by=("host",), legend="{host}")],
         unit="percentunit", most=1, steps=BUSY),
    stat("Guests running", [("sum by (node) (proxmox_ve_guest_up)", "{{node}}")],
         [Ask("relay_up", "guests", {"running": "up"}, by=("nodename",), across="sum",
              legend="{nodename}")]),
])

processors = Row("Processors", [
    graph("Busy", [("max by (node) (proxmox_ve_node_cpu_usage_ratio)", "{{node}}")],
          [Ask("cpustat", "nodes", {"busy": "cpu"}, by=("host",), legend="{host}")],
          unit="percentunit", most=1, steps=BUSY, width=8),
    graph("By mode", [("sum by (mode) (rate(proxmox_ve_node_cpu_seconds_total{"
                       f'mode=~"{"|".join(MODES)}"}}[$__rate_interval]))', "{{mode}}")],
          [Ask("cpustat", "nodes", {mode: f"{mode} / 100.0" for mode in MODES}, each="rate",
               across="sum", legend="{value}")],
          stacked=True, width=8, about="In processors; what is idle is left out."),
    graph("Waiting for I/O", [("max by (node) (proxmox_ve_node_cpu_iowait_ratio)", "{{node}}")],
          [Ask("cpustat", "nodes", {"waits": "wait"}, by=("host",), legend="{host}")],
          unit="percentunit", steps=((None, GREEN), (0.1, ORANGE), (0.3, RED)), width=8,
          about="Share of the processors that waited for disks."),
    graph("Load per processor", [("max by (node) (proxmox_ve_node_load5 / proxmox_ve_node_cpus)",
                                  "{{node}}")],
          [Ask("cpustat", "nodes", {"load": "avg5 / cpus"}, by=("host",), legend="{host}")],
          steps=((None, GREEN), (1, ORANGE), (2, RED)), about="Over five minutes."),
    graph("Guests' processors", [("topk(10, max by (name) (proxmox_ve_guest_cpu_usage_ratio"
                                  " * proxmox_ve_guest_cpus))", "{{name}}")],
          [Ask("system", "guests", {"busy": "cpu * cpus"}, by=("host",), legend="{host}")],
          stacked=True, about="Processors that guests keep busy."),
])

memory = Row("Memory", [
    graph("Memory", [("sum by (node) (proxmox_ve_node_memory_used_bytes)", "{{node}} used"),
                     ("sum by (node) (proxmox_ve_node_zfs_arc_size_bytes)", "{{node}} ZFS cache"),
                     ("sum by (node) (proxmox_ve_node_memory_size_bytes)", "{{node}} size")],
          [Ask("memory", "nodes", {"used": "memused", "ZFS cache": "arcsize", "size": "memtotal"},
               by=("host",), legend="{host} {value}")],
          unit="bytes", about="ZFS's cache is within what is used, and gives way when it must."),
    graph("Swap in use", [("sum by (node) (proxmox_ve_node_swap_used_bytes)", "{{node}}")],
          [Ask("memory", "nodes", {"used": "swapused"}, by=("host",), legend="{host}")],
          unit="bytes", width=6),
    graph("Shared by KSM", [("sum by (node) (proxmox_ve_node_memory_ksm_shared_bytes)", "{{node}}")],
          [Ask("memory", "nodes", {"shared": "memshared"}, by=("host",), legend="{host}")],
          unit="bytes", width=6, about="Memory that guests share since it holds the same."),
])

network_and_disk = Row("Network and root disk", [
    graph("Network", [("sum by (node, device) (rate(proxmox_ve_node_network_receive_bytes_total"
                       "[$__rate_interval]))", "{{node}} {{device}} received"),
                      ("sum by (node, device) (rate(proxmox_ve_node_network_transmit_bytes_total"
                       "[$__rate_interval]))", "{{node}} {{device}} sent")],
          [Ask("nics", "nodes", {"received": "receive", "sent": "transmit"}, each="rate",
               by=("host", "instance"), where={"instance": PHYSICAL},
               legend="{host} {instance} {value}")],
          unit="Bps", mirrored=True, about="Physical interfaces; what is sent goes down."),
    graph("Root disk", [("max by (node) (proxmox_ve_node_root_used_bytes"
                         " / proxmox_ve_node_root_size_bytes)", "{{node}}")],
          [Ask("blockstat", "nodes", {"root": "used / blocks"}, by=("host",), legend="{host}")],
          unit="percentunit", most=1, steps=BUSY),
])

tables = Row("What it is", [
    table("Hardware", [("Processors", "proxmox_ve_node_cpus"),
                       ("Memory", "proxmox_ve_node_memory_size_bytes"),
                       Info("proxmox_ve_node_info", {"cpu_model": "Model", "kernel": "Kernel",
                                                     "version": "Version", "address": "Address"})],
          [Ask("cpustat", "nodes", {"Processors": "cpus"}, by=OF_NODE),
           Ask("memory", "nodes", {"Memory": "memtotal"}, by=OF_NODE),
           Ask("relay_node_info", "nodes", {"Model": "cpu_model", "Kernel": "kernel",
                                            "Version": "version", "Address": "address"}, by=OF_NODE)],
          keys=NODE, columns={"Processors": "short", "Memory": "bytes", "Model": "", "Kernel": "",
                              "Version": "", "Address": ""},
          worst=("Node", False), height=6),
    table("Certificates", [("Expires", "proxmox_ve_node_certificate_expiry_timestamp_seconds * 1000")],
          [Ask("relay_certificate", "nodes", {"Expires": "expires_timestamp_seconds * 1000.0"},
               by=("cluster", "host", "instance"))],
          keys=NODE | {"Certificate": ("device", "instance")}, columns={"Expires": "dateTimeFromNow"},
          worst=("Expires", False), width=12, height=7, empty=WITHOUT_API),
    table("Subscriptions", [("Active", "proxmox_ve_node_subscription_active"),
                            Info("proxmox_ve_node_subscription_status == 1", {"state": "Status"})],
          [Ask("relay_subscription", "nodes", {"Active": "active", "Status": "status"}, by=OF_NODE)],
          keys=NODE, columns={"Active": ("", {0: ("no", ORANGE), 1: ("yes", GREEN)}, ()),
                              "Status": ""},
          worst=("Active", False), width=12, height=7, empty=WITHOUT_API),
    table("Guests", [("CPU", "proxmox_ve_guest_cpu_usage_ratio"),
                     ("Memory", "proxmox_ve_guest_memory_used_bytes"),
                     ("Uptime", "proxmox_ve_guest_uptime_seconds")],
          [Ask("system", "guests", {"CPU": "cpu", "Memory": "mem", "Uptime": "uptime"}, by=OF_GUEST)],
          keys=GUEST, columns={"CPU": ("percentunit", {}, BUSY), "Memory": "bytes", "Uptime": "s"},
          worst=("CPU", True), links=TO_GUEST),
])

NODES = Dashboard("node", "Proxmox: Node", "One machine, or several beside each other.",
                  ("cluster", "node"), [states, processors, memory, network_and_disk, tables])
