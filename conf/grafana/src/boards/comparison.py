"""Guest Comparison: which guest takes most of what."""

from boards.guest import rate
from boards.words import GUEST, OF_GUEST, RUNS, TO_GUEST
from dashboards import Dashboard, Row
from influx import Ask
from panels import BUSY, GREEN, ORANGE, RED, Info, bars, graph, table

NAMED = ("vmid", "host")


def most(metric, what="name"):
    return f"topk(15, max by ({what}) ({metric}))"


now = Row("Most of it now", [
    bars("CPU", [(most("proxmox_ve_guest_cpu_usage_ratio"), "{{name}}")],
         [Ask("system", "guests", {"cpu": "cpu"}, by=NAMED, legend="{host}")],
         unit="percentunit", most=1, steps=BUSY, height=10),
    bars("Memory", [(most("proxmox_ve_guest_memory_used_bytes / proxmox_ve_guest_memory_size_bytes"),
                     "{{name}}")],
         [Ask("system", "guests", {"memory": "mem / maxmem"}, by=NAMED, legend="{host}")],
         unit="percentunit", most=1, steps=BUSY, height=10),
    bars("I/O pressure", [(most("proxmox_ve_guest_pressure_io_some_ratio"), "{{name}}")],
         [Ask("system", "guests", {"pressure": "pressureiosome / 100.0"}, by=NAMED, legend="{host}")],
         unit="percentunit", most=1, steps=((None, GREEN), (0.1, ORANGE), (0.4, RED)), height=10,
         empty="told from Proxmox VE 9 on", about="Share of time in which some task waited for I/O."),
])

courses = Row("Over time", [
    graph("Processors", [(most("proxmox_ve_guest_cpu_usage_ratio * proxmox_ve_guest_cpus"),
                          "{{name}}")],
          [Ask("system", "guests", {"busy": "cpu * cpus"}, by=NAMED, legend="{host}")],
          about="Processors kept busy."),
    graph("Memory", [(most("proxmox_ve_guest_memory_used_bytes"), "{{name}}")],
          [Ask("system", "guests", {"used": "mem"}, by=NAMED, legend="{host}")], unit="bytes"),
    graph("Disks", [(f"topk(15, {rate('io_read_bytes_total', 'name')})", "{{name}} read"),
                    (f"topk(15, {rate('io_written_bytes_total', 'name')})", "{{name}} written")],
          [Ask("system", "guests", {"read": "diskread", "written": "diskwrite"}, each="rate",
               by=NAMED, legend="{host} {value}")],
          unit="Bps", mirrored=True),
    graph("Network", [(f"topk(15, {rate('network_receive_bytes_total', 'name')})",
                       "{{name}} received"),
                      (f"topk(15, {rate('network_transmit_bytes_total', 'name')})", "{{name}} sent")],
          [Ask("system", "guests", {"received": "netin", "sent": "netout"}, each="rate",
               by=NAMED, legend="{host} {value}")],
          unit="Bps", mirrored=True),
])

side_by_side = Row("Side by side", [
    table("Guests", [("State", "proxmox_ve_guest_up"),
                     ("CPU", "proxmox_ve_guest_cpu_usage_ratio"),
                     ("CPUs", "proxmox_ve_guest_cpus"),
                     ("Memory", "proxmox_ve_guest_memory_used_bytes"
                                " / proxmox_ve_guest_memory_size_bytes"),
                     ("Size", "proxmox_ve_guest_memory_size_bytes"),
                     ("Disk", "proxmox_ve_guest_disk_size_bytes"),
                     ("Uptime", "proxmox_ve_guest_uptime_seconds"),
                     Info("proxmox_ve_guest_info", {"pool": "Pool", "tags": "Tags"})],
          [Ask("relay_up", "guests", {"State": "up"}, by=OF_GUEST),
           Ask("system", "guests", {"CPU": "cpu", "CPUs": "cpus", "Memory": "mem / maxmem",
                                    "Size": "maxmem", "Disk": "maxdisk", "Uptime": "uptime"},
               by=OF_GUEST),
           Ask("relay_guest_info", "guests", {"Pool": "pool", "Tags": "tags"}, by=OF_GUEST)],
          keys=GUEST,
          columns={"State": ("", RUNS, ()), "CPU": ("percentunit", {}, BUSY), "CPUs": "short",
                   "Memory": ("percentunit", {}, BUSY), "Size": "bytes", "Disk": "bytes",
                   "Uptime": "s", "Pool": "", "Tags": ""},
          worst=("CPU", True), height=14, links=TO_GUEST),
])

COMPARISON = Dashboard("comparison", "Proxmox: Guest Comparison",
                       "Which guest takes most of what.",
                       ("cluster", "node", "pool", "tag", "guest"), [now, courses, side_by_side])
