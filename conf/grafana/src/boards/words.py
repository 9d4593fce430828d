"""What several dashboards say in the same words, or show alike."""

from influx import Ask
from panels import GREEN, GREY, ORANGE, RED, stat

WITHOUT_API = "not known: the relay does not ask the API"
UP = {0: ("silent", RED), 1: ("up", GREEN)}
RUNS = {0: ("stopped", RED), 1: ("runs", GREEN)}
YES = {0: ("no", GREY), 1: ("yes", GREEN)}
HEALTHY = {0: ("not healthy", RED), 1: ("healthy", GREEN)}

# What makes a row of a table of guests, nodes or storages.
GUEST = {"Cluster": "cluster", "Node": ("node", "nodename"), "Guest": ("name", "host"), "VMID": "vmid"}
NODE = {"Cluster": "cluster", "Node": ("node", "host")}
STORAGE = {"Cluster": "cluster", "Node": ("node", "nodename"), "Storage": ("storage", "host")}
OF_GUEST = ("cluster", "nodename", "host", "vmid")
OF_NODE = ("cluster", "host")
OF_STORAGE = ("cluster", "nodename", "host")

TO_GUEST = {"Guest": ("guest", {"cluster": "Cluster", "guest": "VMID"})}
TO_NODE = {"Node": ("node", {"cluster": "Cluster", "node": "Node"})}


def nodes_up(**more):
    return stat("Nodes", [("sum(proxmox_ve_node_up)", "up"), ("sum(1 - proxmox_ve_node_up)", "silent")],
                [Ask("relay_up", "nodes", {"up": "up", "silent": "1.0 - up"}, across="sum",
                     legend="{value}")],
                about="Nodes that push, and nodes that have stopped to.", **more)


def guests_running(**more):
    return stat("Guests", [("sum(proxmox_ve_guest_up)", "running"),
                           ("count(proxmox_ve_guest_starts_at_boot == 1)", "expected")],
                [Ask("relay_up", "guests", {"running": "up"}, across="sum", legend="{value}"),
                 Ask("relay_guest_info", "guests", {"expected": "starts_at_boot"}, across="sum",
                     legend="{value}")],
                about="Guests that run, and those that are started with their node.", **more)
