"""What several dashboards say in the same words."""

from panels import GREEN, GREY, RED

WITHOUT_API = "not known: the relay does not ask the API"
UP = {0: ("silent", RED), 1: ("up", GREEN)}
RUNS = {0: ("stopped", RED), 1: ("runs", GREEN)}
YES = {0: ("no", GREY), 1: ("yes", GREEN)}
HEALTHY = {0: ("not healthy", RED), 1: ("healthy", GREEN)}

# What makes a row of a table of guests, nodes or storages.
GUEST = {"Cluster": "cluster", "Node": ("node", "nodename"), "Guest": ("name", "host"),
         "VMID": "vmid"}
NODE = {"Cluster": "cluster", "Node": ("node", "host")}
STORAGE = {"Cluster": "cluster", "Node": ("node", "nodename"), "Storage": ("storage", "host")}
OF_GUEST = ("cluster", "nodename", "host", "vmid")
OF_NODE = ("cluster", "host")
OF_STORAGE = ("cluster", "nodename", "host")

TO_GUEST = {"Guest": ("guest", {"cluster": "Cluster", "guest": "VMID"})}
TO_NODE = {"Node": ("node", {"cluster": "Cluster", "node": "Node"})}
