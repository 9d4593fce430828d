"""PromQL as the description writes it: metrics without the variables of a dashboard.

Each metric is narrowed by what it speaks of: `proxmox_ve_node_load1` becomes
`proxmox_ve_node_load1{cluster=~"$cluster",node=~"$node"}` on a dashboard with these variables.
"""

import re

_METRIC = re.compile(
    r"\b(?:proxmox_ve_(cluster|node|guest|storage|pool)|proxmox_bs|(pverelay))_\w+(?:\{([^}]*)\})?")


def _narrowed(of, variables):
    if of == "pverelay":
        yield 'instance=~"$relay"'
        return
    if "cluster" in variables:
        yield 'cluster=~"$cluster"'
    if of == "guest" and "guest" in variables:
        yield 'vmid=~"$guest"'
    elif of in ("node", "guest") and "node" in variables:
        yield 'node=~"$node"'
    elif of == "storage" and "node" in variables:
        yield 'node=~"($node)|"'  # a shared storage has no node


def narrow(expression, variables):
    """The expression with the variables in every selector."""
    def of(metric):
        name = metric[0].split("{")[0]
        matchers = list(_narrowed(metric[1] or metric[2], variables)) + ([metric[3]] if metric[3] else [])
        return f"{name}{{{','.join(matchers)}}}" if matchers else name
    return _METRIC.sub(of, expression)
