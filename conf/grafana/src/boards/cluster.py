"""Cluster Overview: is all well, and if not, where to look."""

from boards.words import (GUEST, HEALTHY, NODE, OF_GUEST, OF_NODE, RUNS, TO_GUEST, TO_NODE, UP,
                          WITHOUT_API, YES)
from dashboards import Dashboard, Row
from influx import Ask
from panels import BAD_WHEN_ANY, BUSY, GREEN, ORANGE, RED, Info, bars, graph, stat, table, timeline

states = Row("", [
    stat("Quorum", [("min by (cluster) (proxmox_ve_cluster_quorate)", "{{cluster}}")],
         [Ask("relay_cluster_info", "cluster", {"quorate": "quorate"}, by=("cluster",),
              legend="{cluster}")],
         words={0: ("lost", RED), 1: ("quorate", GREEN)}, empty=WITHOUT_API,
         about="Whether the node that was asked has a quorum."),
    stat("Nodes", [("sum(proxmox_ve_node_up)", "up"), ("sum(1 - proxmox_ve_node_up)", "silent")],
         [Ask("relay_up", "nodes", {"up": "up", "silent": "1.0 - up"}, across="sum",
              legend="{value}")],
         about="Nodes that push, and nodes that have stopped to."),
    stat("Guests", [("sum(proxmox_ve_guest_up)", "running"),
                    ("count(proxmox_ve_guest_starts_at_boot == 1)", "expected")],
         [Ask("relay_up", "guests", {"running": "up"}, across="sum", legend="{value}"),
          Ask("relay_guest_info", "guests", {"expected": "starts_at_boot"}, across="sum",
              legend="{value}")],
         about="Guests that run, and those that are started with their node."),
    stat("Expected, not running",
         [("count((proxmox_ve_guest_starts_at_boot == 1)"
           " and on (cluster, vmid) (proxmox_ve_guest_up == 0)) or vector(0)", "")], [],
         steps=BAD_WHEN_ANY, empty=WITHOUT_API),
    stat("Without backup job", [("sum(proxmox_ve_cluster_guests_without_backup_job)", "")],
         [Ask("relay_cluster_info", "cluster", {"guests": "guests_without_backup_job"},
              across="sum")],
         steps=((None, GREEN), (1, ORANGE)), empty=WITHOUT_API),
    stat("Ceph", [("min by (cluster) (proxmox_ve_cluster_ceph_healthy)", "{{cluster}}")],
         [Ask("relay_ceph", "cluster", {"healthy": "healthy"}, by=("cluster",),
              legend="{cluster}")],
         words=HEALTHY, empty="no Ceph here"),
])

use = Row("Use", [
    graph("Processors", [("sum by (cluster) (proxmox_ve_node_cpu_usage_ratio * proxmox_ve_node_cpus)"
                          " / sum by (cluster) (proxmox_ve_node_cpus)", "{{cluster}}")],
          [Ask("cpustat", "nodes", {"busy": "cpu * cpus", "cpus": "cpus"}, by=("cluster",),
               across="sum", then={"used": "busy / cpus"}, legend="{cluster}")],
          unit="percentunit", most=1, steps=BUSY, width=8,
          about="Share of all processors that is busy."),
    graph("Memory", [("sum by (cluster) (proxmox_ve_node_memory_used_bytes)"
                      " / sum by (cluster) (proxmox_ve_node_memory_size_bytes)", "{{cluster}}")],
          [Ask("memory", "nodes", {"used": "memused", "size": "memtotal"}, by=("cluster",),
               across="sum", then={"share": "used / size"}, legend="{cluster}")],
          unit="percentunit", most=1, steps=BUSY, width=8,
          about="Share of all memory that is in use."),
    bars("Fullest storages",
         [("topk(10, max by (storage) (proxmox_ve_storage_used_bytes"
           " / (proxmox_ve_storage_size_bytes > 0)))", "{{storage}}")],
         [Ask("system", "storages", {"share": "used / total"}, by=("host",), across="max",
              legend="{host}")],
         unit="percentunit", most=1, steps=BUSY,
         about="Of a name that several nodes have, the fullest."),
])

nodes = Row("Nodes", [
    timeline("Up or not", [("max by (node) (proxmox_ve_node_up)", "{{node}}")],
             [Ask("relay_up", "nodes", {"up": "up"}, by=("host",), each="last", legend="{host}")],
             words=UP),
    table("Nodes", [("CPU", "proxmox_ve_node_cpu_usage_ratio"),
                    ("Waits for I/O", "proxmox_ve_node_cpu_iowait_ratio"),
                    ("Load", "proxmox_ve_node_load5 / proxmox_ve_node_cpus"),
                    ("Memory", "proxmox_ve_node_memory_used_bytes / proxmox_ve_node_memory_size_bytes"),
                    ("Root disk", "proxmox_ve_node_root_used_bytes / proxmox_ve_node_root_size_bytes"),
                    ("Uptime", "proxmox_ve_node_uptime_seconds"),
                    Info("proxmox_ve_node_info", {"version": "Version"})],
          [Ask("cpustat", "nodes", {"CPU": "cpu", "Waits for I/O": "wait", "Load": "avg5 / cpus"},
               by=OF_NODE),
           Ask("memory", "nodes", {"Memory": "memused / memtotal"}, by=OF_NODE),
           Ask("blockstat", "nodes", {"Root disk": "used / blocks"}, by=OF_NODE),
           Ask("system", "nodes", {"Uptime": "uptime"}, by=OF_NODE),
           Ask("relay_node_info", "nodes", {"Version": "version"}, by=OF_NODE)],
          keys=NODE,
          columns={"CPU": ("percentunit", {}, BUSY), "Waits for I/O": ("percentunit", {}, BUSY),
                   "Load": ("percentunit", {}, ((None, GREEN), (1, ORANGE), (2, RED))),
                   "Memory": ("percentunit", {}, BUSY), "Root disk": ("percentunit", {}, BUSY),
                   "Uptime": "s", "Version": ""},
          worst=("CPU", True), height=7, links=TO_NODE,
          about="Load is per processor, over five minutes."),
])

guests = Row("Guests", [
    table("Guests that do not run",
          [("Up", "proxmox_ve_guest_up == 0"),
           ("At boot", "proxmox_ve_guest_starts_at_boot"
                       " and on (cluster, vmid) (proxmox_ve_guest_up == 0)")],
          [Ask("relay_up", "guests", {"Up": "up"}, by=OF_GUEST, only="Up == 0.0")],
          keys=GUEST, columns={"Up": ("", RUNS, ()), "At boot": ("", YES, ())},
          worst=("At boot", True), width=12, empty="every guest runs", links=TO_GUEST),
    bars("Busiest guests",
         [("topk(10, max by (name) (proxmox_ve_guest_cpu_usage_ratio))", "{{name}}")],
         [Ask("system", "guests", {"cpu": "cpu"}, by=("host",), across="max", legend="{host}")],
         unit="percentunit", most=1, steps=BUSY, width=12, height=9,
         about="Share of a guest's own processors that is busy."),
    table("Tasks that failed", [("Failures", "proxmox_ve_cluster_failed_tasks_total")],
          [Ask("relay_failed_tasks", "cluster", {"Failures": "failures"}, by=("cluster", "type"))],
          keys={"Cluster": "cluster", "Task": "type"}, columns={"Failures": "short"},
          worst=("Failures", True), width=12, empty="no task failed",
          about="Since the relay began to look."),
    table("Pools", [("Guests", "proxmox_ve_pool_guests")],
          [Ask("relay_pool_info", "pools", {"Guests": "guests"}, by=("cluster", "host"))],
          keys={"Cluster": "cluster", "Pool": ("pool", "host")}, columns={"Guests": "short"},
          worst=("Guests", True), width=12, empty="no pools, or the relay does not ask the API"),
])

CLUSTER = Dashboard("cluster", "Proxmox: Cluster Overview",
                    "Is all well, and if not, where to look.", ("cluster", "node"),
                    [states, use, nodes, guests])
