"""The variables of the dashboards and what is written into their graphs, for each store.

cluster narrows node, these narrow pool and tag, all of them guest. A guest is chosen by its VMID: a
name may change. Pools are known where the relay asks the Proxmox API; without it the guests are
known all the same.
"""

from influx import NOW, chosen

ALL = ".*"
ORDER = ("cluster", "node", "pool", "tag", "guest")

# Every tag of "prod;web" by itself.
EACH_TAG = "/([^;]+)/g"

_PROMETHEUS = {
    "cluster": ("label_values(proxmox_ve_node_uptime_seconds, cluster)", ""),
    "node": ('label_values(proxmox_ve_node_uptime_seconds{cluster=~"$cluster"}, node)', ""),
    "pool": ('label_values(proxmox_ve_guest_info{cluster=~"$cluster",pool!=""}, pool)', ""),
    "tag": ('label_values(proxmox_ve_guest_info{cluster=~"$cluster",tags!=""}, tags)', EACH_TAG),
    "guest": ('query_result(group by (name, vmid) (proxmox_ve_guest_info{cluster=~"$cluster",'
              'node=~"$node",pool=~"$pool",tags=~"(.*;)?($tag)(;.*)?",template!="1"}))',
              '/name="(?<text>[^"]*)".*vmid="(?<value>[^"]*)"/'),
    "relay": ("label_values(pverelay_ready, instance)", ""),
}

# Some Grafanas give variables no range of their own ($timeFilter, v.timeRangeStart): from these.
_DURING = "time > ${__from}ms AND time <= ${__to}ms"
_FLUX_BEGIN, _FLUX_END = "${__from:date}", "${__to:date}"

_GUESTS = '"object" =~ /^(qemu|lxc)$/'
_OF_CLUSTER = f'"cluster" =~ {chosen("cluster")}'
# What a guest is comes from what is pushed and, with more in it, from what the API knows.
_BOTH = "/^(system|relay_guest_info)$/"
# Where all pools are chosen (.*), guests without one belong to it: then, and only then, this matches.
_ANY_POOL = '"object" =~ /^(qemu|lxc)(${pool:regex})$/'
_ANY_TAG = '"object" =~ /^(qemu|lxc)(${tag:regex})$/'

_INFLUXQL = {
    "cluster": ("SHOW TAG VALUES FROM \"system\" WITH KEY = \"cluster\" WHERE \"object\" = 'nodes'", ""),
    "node": ("SHOW TAG VALUES FROM \"system\" WITH KEY = \"host\" WHERE \"object\" = 'nodes' AND "
             + _OF_CLUSTER, ""),
    "pool": (f'SELECT distinct("pool") FROM "relay_guest_info" WHERE {_GUESTS} AND {_OF_CLUSTER} '
             f"AND {_DURING}", ""),
    "tag": (f'SELECT distinct("tags") FROM {_BOTH} WHERE {_GUESTS} AND {_OF_CLUSTER} '
            f"AND {_DURING}", EACH_TAG),
    "guest": (f'SELECT distinct("vmid") FROM (SELECT last("name") FROM {_BOTH} WHERE {_GUESTS} '
              f'AND {_OF_CLUSTER} AND "nodename" =~ {chosen("node")} '
              f'AND ("pool" =~ {chosen("pool")} OR {_ANY_POOL}) '
              f'AND ("tags" =~ /(^|;)(${{tag:regex}})(;|$)/ OR {_ANY_TAG}) '
              f'AND time > ${{__to}}ms - {NOW} AND time <= ${{__to}}ms GROUP BY "vmid")', ""),
}


def _flux_values(measurement, field, of, column):
    """Every value of a tag, or of a field that is text."""
    return f"""from(bucket: v.defaultBucket)
  |> range(start: {_FLUX_BEGIN}, stop: {_FLUX_END})
  |> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}" and {of})
  |> last()
  |> group()
  |> keep(columns: ["{column}"])
  |> distinct(column: "{column}")
  |> sort()"""


_FLUX_GUESTS = 'r.object =~ /^(qemu|lxc)$/'
_FLUX_OF_CLUSTER = f"r.cluster =~ {chosen('cluster')}"

_FLUX = {
    "cluster": (_flux_values("system", "uptime", 'r.object == "nodes"', "cluster"), ""),
    "node": (_flux_values("system", "uptime", f'r.object == "nodes" and {_FLUX_OF_CLUSTER}', "host"),
             ""),
    "pool": (_flux_values("relay_guest_info", "pool", f"{_FLUX_GUESTS} and {_FLUX_OF_CLUSTER}",
                          "_value"), ""),
    "tag": (_flux_values("system", "tags", f"{_FLUX_GUESTS} and {_FLUX_OF_CLUSTER}", "_value"),
            EACH_TAG),
    "guest": (f"""import "date"

from(bucket: v.defaultBucket)
  |> range(start: date.sub(d: {NOW}, from: {_FLUX_END}), stop: {_FLUX_END})
  |> filter(fn: (r) => r._measurement == "system" or r._measurement == "relay_guest_info")
  |> filter(fn: (r) => {_FLUX_GUESTS} and {_FLUX_OF_CLUSTER} and r.nodename =~ {chosen("node")})
  |> filter(fn: (r) => r._field == "name" or r._field == "pool" or r._field == "tags")
  |> last()
  |> pivot(rowKey: ["vmid", "host"], columnKey: ["_field"], valueColumn: "_value")
  |> group()
  |> filter(fn: (r) => (if exists r.pool then r.pool else "") =~ /^(${{pool:regex}})$/)
  |> filter(fn: (r) => (if exists r.tags then r.tags else "") =~ /(^|;)(${{tag:regex}})(;|$)/)
  |> map(fn: (r) => ({{_value: r.host + " " + r.vmid}}))
  |> unique(column: "_value")
  |> sort()""", r"/^(?<text>.*) (?<value>\d+)$/"),
}

_QUERIES = {"prometheus": _PROMETHEUS, "influxql": _INFLUXQL, "flux": _FLUX}
_LABELS = {"cluster": "Cluster", "node": "Node", "pool": "Pool", "tag": "Tag", "guest": "Guest",
           "relay": "Relay"}


def list_of(store, names, source):
    yield_source = {"name": "datasource", "label": "Data source", "type": "datasource",
                    "query": source["type"], "regex": "", "hide": 0, "multi": False,
                    "includeAll": False, "refresh": 1, "options": [],
                    "current": {"selected": True, "text": f"Proxmox ({store})",
                                "value": f"pverelay-{store}"}}
    return [yield_source, *(_variable(store, name, source) for name in names)]


def _variable(store, name, source):
    query, regex = _QUERIES[store][name]
    made = {
        "name": name, "label": _LABELS[name], "type": "query", "datasource": source,
        # As text where it is read by every Grafana so; Prometheus has wanted more since 8.
        "query": {"query": query, "refId": f"variable-{name}"} if store == "prometheus" else query,
        "definition": query, "regex": regex, "hide": 0, "multi": True, "includeAll": True,
        "refresh": 2,  # with the range: what is gone need not be offered
        "sort": 5,     # by letters, whatever their case
        "options": [], "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }
    # All guests are those of the list, so that pool and tag narrow what is shown.
    return made if name == "guest" else made | {"allValue": ALL}


def annotations(store, names, source):
    if "cluster" not in names:
        return []
    base = {"enable": True, "hide": False, "datasource": source}
    if store == "prometheus":
        return [base | _changes("Nodes", "node", "{{node}}", "red"),
                base | _changes("Guests", "guest", "{{name}}", "orange")]
    return [base | {"name": "Events", "iconColor": "orange", "target": _events(store)}]


def _changes(title, what, who, colour):
    return {"name": f"{title} that came or went", "iconColor": colour, "step": "60s",
            "expr": f'changes(proxmox_ve_{what}_up{{cluster=~"$cluster"}}[2m]) > 0',
            "titleFormat": who, "textFormat": f"{who} came up or went down", "tagKeys": "cluster,node"}


def _events(store):
    """What the relay noticed, in its words: silent, back, migrated, renamed, deleted …"""
    if store == "influxql":
        return {"refId": "events", "fromAnnotations": True, "queryType": "tags", "rawQuery": True,
                "textColumn": "text", "tagsColumn": "kind",
                "query": f'SELECT "text", "kind" FROM "relay_event" WHERE {_OF_CLUSTER} AND $timeFilter'}
    return {"refId": "events", "query": f"""from(bucket: v.defaultBucket)
  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)
  |> filter(fn: (r) => r._measurement == "relay_event" and {_FLUX_OF_CLUSTER})
  |> filter(fn: (r) => r._field == "text" or r._field == "kind")
  |> group(columns: ["_field"])
  |> pivot(rowKey: ["_time", "host", "object"], columnKey: ["_field"], valueColumn: "_value")
  |> rename(columns: {{kind: "tags"}})
  |> keep(columns: ["_time", "text", "tags"])"""}
