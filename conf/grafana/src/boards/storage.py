"""Storage and ZFS: what is full, and what is about to fail."""

from boards.words import HEALTHY, NODE, OF_NODE, OF_STORAGE, STORAGE, WITHOUT_API
from dashboards import Dashboard, Row
from influx import Ask
from panels import (BAD_WHEN_ANY, BUSY, GREEN, ORANGE, RED, Info, bars, graph, stat, table)

WORN = ((None, RED), (0.1, ORANGE), (0.3, GREEN))
SHARE = "proxmox_ve_storage_used_bytes / (proxmox_ve_storage_size_bytes > 0)"
OF_DEVICE = (*OF_NODE, "instance")

states = Row("", [
    stat("Storages", [("sum(proxmox_ve_storage_up)", "there"),
                      ("sum(1 - proxmox_ve_storage_up)", "gone")],
         [Ask("relay_up", "storages", {"there": "up", "gone": "1.0 - up"}, across="sum",
              legend="{value}")],
         about="On all nodes: a shared one counts at each."),
    stat("Fullest", [(f"max({SHARE})", "")],
         [Ask("system", "storages", {"share": "used / total"}, across="max")],
         unit="percentunit", most=1, steps=BUSY),
    stat("ZFS pools not healthy", [("sum(1 - proxmox_ve_node_zfs_pool_healthy)", "")],
         [Ask("relay_zfs_pool", "nodes", {"bad": "1.0 - healthy"}, across="sum", plus=("instance",))],
         steps=BAD_WHEN_ANY, empty="no ZFS, or the relay does not ask the API"),
    stat("Disks not healthy", [("sum(1 - proxmox_ve_node_disk_healthy)", "")],
         [Ask("relay_disk", "nodes", {"bad": "1.0 - healthy"}, across="sum", plus=("instance",))],
         steps=BAD_WHEN_ANY, empty="SMART was not asked yet"),
    stat("Least life left", [("min(proxmox_ve_node_disk_life_left_ratio)", "")],
         [Ask("relay_disk", "nodes", {"left": "life_left_ratio"}, across="min", plus=("instance",))],
         unit="percentunit", most=1, steps=WORN, empty="no disk tells, or SMART was not asked yet"),
    stat("Ceph", [("min(proxmox_ve_cluster_ceph_healthy)", "")],
         [Ask("relay_ceph", "cluster", {"healthy": "healthy"}, across="min")],
         words=HEALTHY, empty="no Ceph here"),
])

storages = Row("Storages", [
    graph("Share in use", [(f"max by (storage) ({SHARE})", "{{storage}}")],
          [Ask("system", "storages", {"share": "used / total"}, by=("host",), across="max",
               legend="{host}")],
          unit="percentunit", most=1, steps=BUSY,
          about="Of a name that several nodes have, the fullest."),
    bars("Free", [("bottomk(15, max by (node, storage) (proxmox_ve_storage_available_bytes))",
                   "{{node}} {{storage}}")],
         [Ask("system", "storages", {"free": "avail"}, by=OF_STORAGE, legend="{nodename} {host}")],
         unit="bytes", width=12, worst=("Free", False), about="A shared storage stands at no node."),
    table("Storages", [("In use", SHARE), ("Used", "proxmox_ve_storage_used_bytes"),
                       ("Free", "proxmox_ve_storage_available_bytes"),
                       ("Size", "proxmox_ve_storage_size_bytes"),
                       Info("proxmox_ve_storage_info", {"content": "Content"})],
          [Ask("system", "storages", {"In use": "used / total", "Used": "used", "Free": "avail",
                                      "Size": "total", "Content": "content"},
               by=(*OF_STORAGE, "type"))],
          keys=STORAGE | {"Type": "type"},
          columns={"In use": ("percentunit", {}, BUSY), "Used": "bytes", "Free": "bytes",
                   "Size": "bytes", "Content": ""},
          worst=("In use", True)),
])

zfs = Row("ZFS", [
    table("Pools", [("Healthy", "proxmox_ve_node_zfs_pool_healthy"),
                    ("In use", "proxmox_ve_node_zfs_pool_allocated_bytes"
                               " / proxmox_ve_node_zfs_pool_size_bytes"),
                    ("Free", "proxmox_ve_node_zfs_pool_free_bytes"),
                    ("Size", "proxmox_ve_node_zfs_pool_size_bytes"),
                    ("Fragmented", "proxmox_ve_node_zfs_pool_fragmentation_ratio"),
                    Info("proxmox_ve_node_zfs_pool_health_info", {"health": "Health"})],
          [Ask("relay_zfs_pool", "nodes",
               {"Healthy": "healthy", "In use": "allocated_bytes / size_bytes", "Free": "free_bytes",
                "Size": "size_bytes", "Fragmented": "fragmentation_ratio", "Health": "health"},
               by=OF_DEVICE)],
          keys=NODE | {"Pool": ("device", "instance")},
          columns={"Healthy": ("", HEALTHY, ()), "In use": ("percentunit", {}, BUSY), "Free": "bytes",
                   "Size": "bytes", "Fragmented": "percentunit", "Health": ""},
          worst=("Healthy", False), height=7, empty="no ZFS, or the relay does not ask the API"),
    graph("Pools in use", [("max by (node, device) (proxmox_ve_node_zfs_pool_allocated_bytes"
                            " / proxmox_ve_node_zfs_pool_size_bytes)", "{{node}} {{device}}")],
          [Ask("relay_zfs_pool", "nodes", {"share": "allocated_bytes / size_bytes"},
               by=("host", "instance"), legend="{host} {instance}")],
          unit="percentunit", most=1, steps=BUSY, empty=WITHOUT_API),
    graph("Cache (ARC)", [("sum by (node) (proxmox_ve_node_zfs_arc_size_bytes)", "{{node}}"),
                          ("sum by (node) (proxmox_ve_node_zfs_arc_size_max_bytes)",
                           "{{node}} at most")],
          [Ask("memory", "nodes", {"now": "arcsize", "at most": "arcmax"}, by=("host",),
               legend="{host} {value}")],
          unit="bytes"),
])

disks = Row("Disks", [
    table("Disks", [("Healthy", "proxmox_ve_node_disk_healthy"),
                    ("Life left", "proxmox_ve_node_disk_life_left_ratio"),
                    ("Size", "proxmox_ve_node_disk_size_bytes"),
                    Info("proxmox_ve_node_disk_info", {"disk_type": "Type", "model": "Model",
                                                       "serial": "Serial"})],
          [Ask("relay_disk", "nodes", {"Healthy": "healthy", "Life left": "life_left_ratio",
                                       "Size": "size_bytes", "Type": "disk_type", "Model": "model",
                                       "Serial": "serial"}, by=OF_DEVICE)],
          keys=NODE | {"Disk": ("device", "instance")},
          columns={"Healthy": ("", HEALTHY, ()), "Life left": ("percentunit", {}, WORN),
                   "Size": "bytes", "Type": "", "Model": "", "Serial": ""},
          worst=("Healthy", False), empty=WITHOUT_API,
          about="SMART is asked where the relay may (smart), hours after its start for the first time."),
])

STORAGES = Dashboard("storage", "Proxmox: Storage and ZFS",
                     "What is full, and what is about to fail.", ("cluster", "node"),
                     [states, storages, zfs, disks])
