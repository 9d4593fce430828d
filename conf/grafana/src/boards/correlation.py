"""Host–Guest Correlation: what a node is busy with, and whom its trouble hurts."""

from boards.words import OF_GUEST, TO_GUEST, GUEST
from dashboards import Dashboard, Row
from influx import Ask
from panels import GREEN, ORANGE, RED, graph, table

PRESSED = ((None, GREEN), (0.1, ORANGE), (0.4, RED))


def of_guests(metric):
    return f"topk(15, max by (name) ({metric}))"


processors = Row("Processors", [
    graph("Processors: node, and its guests together",
          [("sum by (node) (proxmox_ve_node_cpu_usage_ratio * proxmox_ve_node_cpus)", "{{node}}"),
           ("sum by (node) (proxmox_ve_guest_cpu_usage_ratio * proxmox_ve_guest_cpus)",
            "{{node}} guests")],
          [Ask("cpustat", "nodes", {"busy": "cpu * cpus"}, by=("host",), legend="{host}"),
           Ask("system", "guests", {"busy": "cpu * cpus"}, by=("nodename",), across="sum",
               legend="{nodename} guests")],
          about="Processors that are busy. What is between the lines is the node's own work."),
    graph("Processors: its guests", [
              (of_guests("proxmox_ve_guest_cpu_usage_ratio * proxmox_ve_guest_cpus"),
                          "{{name}}")],
          [Ask("system", "guests", {"busy": "cpu * cpus"}, by=("vmid", "host"), legend="{host}")],
          stacked=True),
])

memory = Row("Memory", [
    graph("Memory: node, and its guests together",
          [("sum by (node) (proxmox_ve_node_memory_used_bytes)", "{{node}}"),
           ("sum by (node) (proxmox_ve_guest_memory_used_bytes)", "{{node}} guests")],
          [Ask("memory", "nodes", {"used": "memused"}, by=("host",), legend="{host}"),
           Ask("system", "guests", {"used": "mem"}, by=("nodename",), across="sum",
               legend="{nodename} guests")],
          unit="bytes", about="Guests' by their own account: a balloon's or KSM's gain shows as a gap."),
    graph("Memory: its guests", [(of_guests("proxmox_ve_guest_memory_used_bytes"), "{{name}}")],
          [Ask("system", "guests", {"used": "mem"}, by=("vmid", "host"), legend="{host}")],
          unit="bytes", stacked=True),
])

disks = Row("Disks", [
    graph("Disks: node waits", [("max by (node) (proxmox_ve_node_cpu_iowait_ratio)", "{{node}}")],
          [Ask("cpustat", "nodes", {"waits": "wait"}, by=("host",), legend="{host}")],
          unit="percentunit", steps=PRESSED, width=8),
    graph("Disks: guests that wait", [(of_guests("proxmox_ve_guest_pressure_io_some_ratio"), "{{name}}")],
          [Ask("system", "guests", {"waits": "pressureiosome / 100.0"}, by=("vmid", "host"),
               legend="{host}")],
          unit="percentunit", steps=PRESSED, width=8, empty="told from Proxmox VE 9 on"),
    graph("Disks: guests that read and write",
          [("topk(15, sum by (name) (rate(proxmox_ve_guest_io_read_bytes_total[$__rate_interval])"
            " + rate(proxmox_ve_guest_io_written_bytes_total[$__rate_interval])))", "{{name}}")],
          [Ask("system", "guests", {"moved": "diskread + diskwrite"}, each="rate",
               by=("vmid", "host"), legend="{host}")],
          unit="Bps", stacked=True, width=8),
])

network = Row("Network", [
    graph("Network: node's interfaces",
          [("sum by (node) (rate(proxmox_ve_node_network_receive_bytes_total[$__rate_interval]))",
            "{{node}} received"),
           ("sum by (node) (rate(proxmox_ve_node_network_transmit_bytes_total[$__rate_interval]))",
            "{{node}} sent")],
          [Ask("nics", "nodes", {"received": "receive", "sent": "transmit"}, each="rate",
               by=("host",), across="sum", plus=("instance",),
               where={"instance": "^(en|eth|ib|nic|wl)"}, legend="{host} {value}")],
          unit="Bps", mirrored=True),
    graph("Network: its guests together",
          [("sum by (node) (rate(proxmox_ve_guest_network_receive_bytes_total[$__rate_interval]))",
            "{{node}} received"),
           ("sum by (node) (rate(proxmox_ve_guest_network_transmit_bytes_total[$__rate_interval]))",
            "{{node}} sent")],
          [Ask("system", "guests", {"received": "netin", "sent": "netout"}, each="rate",
               by=("nodename",), across="sum", legend="{nodename} {value}")],
          unit="Bps", mirrored=True, about="What guests of one node say to each other is in it, too."),
])

hurt = Row("Whom it hurts", [
    table("Guests under pressure",
          [(heading, f"proxmox_ve_guest_pressure_{what}_some_ratio")
           for heading, what in (("I/O", "io"), ("CPU", "cpu"), ("Memory", "memory"))],
          [Ask("system", "guests", {"I/O": "pressureiosome / 100.0", "CPU": "pressurecpusome / 100.0",
                                    "Memory": "pressurememorysome / 100.0"}, by=OF_GUEST)],
          keys=GUEST, columns={heading: ("percentunit", {}, PRESSED)
                               for heading in ("I/O", "CPU", "Memory")},
          worst=("I/O", True), links=TO_GUEST, empty="told from Proxmox VE 9 on",
          about="Share of time in which some task of the guest waited."),
])

CORRELATION = Dashboard("correlation", "Proxmox: Host–Guest Correlation",
                        "What a node is busy with, and whom its trouble hurts.",
                        ("cluster", "node"), [processors, memory, disks, network, hurt])
