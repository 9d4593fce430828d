"""Guest Detail: what one virtual machine or container does, and what it is."""

from boards.words import GUEST, OF_GUEST, RUNS, WITHOUT_API, YES
from dashboards import Dashboard, Row
from influx import Ask
from panels import BUSY, GREEN, ORANGE, RED, Info, graph, stat, table

ITS_NODE = {"Node": ("node", {"cluster": "Cluster", "node": "Node"})}
DAY = 86400
OLD = ((None, GREEN), (1.5 * DAY, ORANGE), (3 * DAY, RED))


def rate(metric, by):
    return f"sum by ({by}) (rate(proxmox_ve_guest_{metric}[$__rate_interval]))"


def of_card(metric):
    """The cards of a container are known by their node, which knows no guest's name."""
    return (f"{rate(metric, 'cluster, vmid, device')} * on (cluster, vmid) group_left (name) "
            "topk by (cluster, vmid) (1, max by (cluster, vmid, name) (proxmox_ve_guest_info))")


def per_operation(kind, plural):
    """Seconds that one took."""
    return (f"{rate(f'disk_{kind}_seconds_total', 'name, device')}"
            f" / ({rate(f'disk_{plural}_total', 'name, device')} > 0)")


states = Row("", [
    stat("State", [("max by (name) (proxmox_ve_guest_up)", "{{name}}")],
         [Ask("relay_up", "guests", {"up": "up"}, by=("vmid", "host"), legend="{host}")], words=RUNS),
    stat("Uptime", [("max by (name) (proxmox_ve_guest_uptime_seconds)", "{{name}}")],
         [Ask("system", "guests", {"uptime": "uptime"}, by=("vmid", "host"), legend="{host}")],
         unit="s"),
    stat("CPU", [("max by (name) (proxmox_ve_guest_cpu_usage_ratio)", "{{name}}")],
         [Ask("system", "guests", {"cpu": "cpu"}, by=("vmid", "host"), legend="{host}")],
         unit="percentunit", most=1, steps=BUSY),
    stat("Memory", [("max by (name) (proxmox_ve_guest_memory_used_bytes"
                     " / proxmox_ve_guest_memory_size_bytes)", "{{name}}")],
         [Ask("system", "guests", {"memory": "mem / maxmem"}, by=("vmid", "host"), legend="{host}")],
         unit="percentunit", most=1, steps=BUSY),
    stat("Last backup", [("max by (name) (proxmox_ve_guest_backup_age_seconds)", "{{name}}")],
         [Ask("relay_backup", "guests", {"age": "age_seconds"}, by=("vmid", "host"),
              legend="{host}")],
         unit="s", steps=OLD, empty="none seen, or the relay does not ask the API",
         about="Time since the last backup that succeeded."),
    stat("In a backup job", [("max by (name) (proxmox_ve_guest_in_backup_job)", "{{name}}")],
         [Ask("relay_guest_info", "guests", {"job": "in_backup_job"}, by=("vmid", "host"),
              legend="{host}")],
         words={0: ("in none", ORANGE), 1: ("yes", GREEN)}, empty=WITHOUT_API),
])

use = Row("Processors and memory", [
    graph("CPU", [("max by (name) (proxmox_ve_guest_cpu_usage_ratio)", "{{name}}")],
          [Ask("system", "guests", {"cpu": "cpu"}, by=("vmid", "host"), legend="{host}")],
          unit="percentunit", most=1, steps=BUSY, about="Share of its own processors."),
    graph("Memory", [("max by (name) (proxmox_ve_guest_memory_used_bytes)", "{{name}} used in it"),
                     ("max by (name) (proxmox_ve_guest_memory_host_bytes)", "{{name}} taken on host"),
                     ("max by (name) (proxmox_ve_guest_memory_free_bytes)", "{{name}} free in it"),
                     ("max by (name) (proxmox_ve_guest_memory_size_bytes)", "{{name}} size")],
          [Ask("system", "guests", {"used in it": "mem", "taken on host": "memhost",
                                    "free in it": "freemem", "size": "maxmem"},
               by=("vmid", "host"), legend="{host} {value}")],
          unit="bytes", about="Three truths: what the guest uses, what it takes on its host (a virtual"
                              " machine from Proxmox VE 9 on), what is free inside (where its balloon"
                              " driver reports)."),
    graph("Pressure", [(f"max by (name) (proxmox_ve_guest_pressure_{what}_some_ratio)",
                        f"{{{{name}}}} {what}") for what in ("cpu", "io", "memory")],
          [Ask("system", "guests", {what: f"pressure{what}some / 100.0"
                                    for what in ("cpu", "io", "memory")},
               by=("vmid", "host"), legend="{host} {value}")],
          unit="percentunit", steps=((None, GREEN), (0.1, ORANGE), (0.4, RED)),
          empty="told from Proxmox VE 9 on", about="Share of time in which some task waited."),
    graph("Swap of containers", [("max by (name) (proxmox_ve_guest_swap_used_bytes)", "{{name}}")],
          [Ask("system", "guests", {"used": "swap"}, by=("vmid", "host"), legend="{host}")],
          unit="bytes", empty="no container is chosen"),
])

disks = Row("Disks", [
    graph("Throughput", [(rate("io_read_bytes_total", "name"), "{{name}} read"),
                         (rate("io_written_bytes_total", "name"), "{{name}} written")],
          [Ask("system", "guests", {"read": "diskread", "written": "diskwrite"}, each="rate",
               by=("vmid", "host"), legend="{host} {value}")],
          unit="Bps", mirrored=True, width=8, about="All drives together; what is written goes down."),
    graph("Operations", [(rate("disk_reads_total", "name, device"), "{{name}} {{device}} read"),
                         (rate("disk_writes_total", "name, device"), "{{name}} {{device}} written")],
          [Ask("blockstat", "guests", {"read": "rd_operations", "written": "wr_operations"},
               each="rate", by=("vmid", "host", "instance"), legend="{host} {instance} {value}")],
          unit="iops", mirrored=True, width=8, empty="no virtual machine runs"),
    graph("Latency", [(per_operation("read", "reads"), "{{name}} {{device}} read"),
                      (per_operation("write", "writes"), "{{name}} {{device}} written"),
                      (per_operation("flush", "flushes"), "{{name}} {{device}} flushed")],
          [Ask("blockstat", "guests",
               {"read": "rd_total_time_ns / 1000000000.0 / rd_operations",
                "written": "wr_total_time_ns / 1000000000.0 / wr_operations",
                "flushed": "flush_total_time_ns / 1000000000.0 / flush_operations"},
               each="rate", by=("vmid", "host", "instance"), legend="{host} {instance} {value}")],
          unit="s", width=8, empty="no virtual machine runs", about="What one operation took."),
])

network = Row("Network", [
    graph("Network cards", [(of_card("nic_receive_bytes_total"),
                             "{{name}} {{device}} received"),
                            (of_card("nic_transmit_bytes_total"),
                             "{{name}} {{device}} sent")],
          [Ask("nics", "guests", {"received": "netin", "sent": "netout"}, each="rate",
               by=("vmid", "host", "instance"), legend="{host} {instance} {value}")],
          unit="Bps", mirrored=True, empty="no guest runs",
          about="As the guest sees it; what is sent goes down."),
    graph("All together", [(rate("network_receive_bytes_total", "name"), "{{name}} received"),
                           (rate("network_transmit_bytes_total", "name"), "{{name}} sent")],
          [Ask("system", "guests", {"received": "netin", "sent": "netout"}, each="rate",
               by=("vmid", "host"), legend="{host} {value}")],
          unit="Bps", mirrored=True, about="All cards of a guest."),
])

what = Row("What it is", [
    table("Guest", [("At boot", "proxmox_ve_guest_starts_at_boot"),
                    ("CPUs", "proxmox_ve_guest_cpus"),
                    Info("proxmox_ve_guest_info", {"pool": "Pool", "tags": "Tags",
                                                   "os_type": "System", "disk_type": "Disk"})],
          [Ask("relay_guest_info", "guests",
               {"At boot": "starts_at_boot", "CPUs": "cpus", "Pool": "pool", "Tags": "tags",
                "System": "os_type", "Disk": "disk_type"}, by=OF_GUEST)],
          keys=GUEST, columns={"At boot": ("", YES, ()), "CPUs": "short", "Pool": "", "Tags": "",
                               "System": "", "Disk": ""},
          worst=("Guest", False), height=6, empty=WITHOUT_API, links=ITS_NODE),
    table("Drives", [("Size", "proxmox_ve_guest_drive_size_bytes"),
                     Info("proxmox_ve_guest_drive_info", {"storage": "Storage", "volume": "Volume"})],
          [Ask("relay_guest_drive", "guests",
               {"Size": "size_bytes", "Storage": "storage", "Volume": "volume"},
               by=(*OF_GUEST, "instance"))],
          keys=GUEST | {"Drive": ("device", "instance")},
          columns={"Size": "bytes", "Storage": "", "Volume": ""}, worst=("Size", True),
          width=12, empty=WITHOUT_API),
    table("Network cards", [Info("proxmox_ve_guest_nic_info", {"bridge": "Bridge", "vlan": "VLAN",
                                                               "mac": "MAC", "model": "Model"})],
          [Ask("relay_guest_nic", "guests",
               {"Bridge": "bridge", "VLAN": "vlan", "MAC": "mac", "Model": "model"},
               by=(*OF_GUEST, "instance"))],
          keys=GUEST | {"Card": ("device", "instance")},
          columns={"Bridge": "", "VLAN": "none", "MAC": "", "Model": ""}, worst=("Guest", False),
          width=12, empty=WITHOUT_API),
])

GUEST_DETAIL = Dashboard("guest", "Proxmox: Guest Detail",
                         "What one virtual machine or container does, and what it is.",
                         ("cluster", "node", "pool", "tag", "guest"),
                         [states, use, disks, network, what])
