"""A Prometheus that nobody but a relay writes to, with the rules of conf/prometheus in it; and what
the simulated Proxmox behind the relay has pushed, to hold the store against."""

import bisect
import collections
import time

import harness
import ledger
from simulated_api import SimulatedApi

RULES = sorted((harness.ROOT / "conf/prometheus").glob("p*.yml"))
EVALUATED_EVERY = 5  # seconds
PUSHED_EVERY = 2
API = "requests_per_second = 20"
PRESENCE = 'node_silent_min = "15s"\nup_interval = "5s"'


class FedPrometheus:
    """Cluster `lab` pushes and answers as an API; what `more` pushes comes from elsewhere."""

    def __init__(self, test, scenario="", nodes=3, guests=12, more=""):
        self.path = harness.TemporaryDirectory().path
        self.test = test
        self.record = self.path / "lab.pushed"
        self.store = harness.Prometheus(self.path)
        self.store_config = self.path / "prometheus.yml"
        self.store_config.write_text(
            f"global: {{ evaluation_interval: {EVALUATED_EVERY}s }}\n"
            f"rule_files: [{', '.join(str(rules) for rules in RULES)}]\n")
        sink = harness.prometheus_sink(self.store.url).replace(
            '["measurement_field"]', '["proxmox", "pve-exporter"]')
        self.relay = harness.Relay(self.path, [sink], presence=PRESENCE)
        self.api = SimulatedApi(
            self.path, nodes=nodes, guests=guests, scenario=scenario, tls=False,
            to=self.relay.url, interval=f"{PUSHED_EVERY}s", arguments=["--record", self.record])
        self.more = more

    def start(self):
        for process in (self.store, self.api, self.relay):
            self.test.addClassCleanup(process.kill)
        self.store.start()
        self.began = time.time()
        self.api.start()
        text = self.relay.config.read_text()
        cluster = '[[cluster]]\nname = "lab"\n'
        self.relay.config.write_text(
            text.replace(cluster, cluster + self.api.cluster_api(API) + self.more))
        self.relay.start()
        return self

    def wait_until(self, second):
        """That second of the scenario is past, and what was said by then is stored."""
        time.sleep(max(0, self.began + second - time.time()))
        harness.wait_for("the store to have it all", self.relay.has_delivered_all)

    def ask_api(self, path):
        """What the API of the first node that answers says."""
        headers = {"Authorization": f"PVEAPIToken={self.api.token_id}={self.api.token}"}
        for node in self.api.nodes:
            status, _, body = harness.http("GET", f"{self.api.plain[node]}/api2/json/{path}",
                                           headers=headers)
            if status == 200:
                return harness.json.loads(body)["data"]
        raise ValueError(f"{path}: {status} {body[:300]!r}")

    def query(self, expression, at=None):
        """{labels but for the name, as a frozenset of pairs: value}"""
        found = {}
        for series in self.store.query(expression, at):
            labels = {k: v for k, v in series["metric"].items() if k != "__name__"}
            found[frozenset(labels.items())] = float(series["value"][1])
        return found

    def rules(self):
        groups = harness.get_json(self.store.url + "/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


class Pushed:
    """What a record says of each thing: the values of a field by their seconds."""

    def __init__(self, record):
        self.series = collections.defaultdict(dict)
        self.texts = {}
        self.tags = {}
        for line in ledger.recorded_lines(record):
            measurement, tags, fields, milliseconds = ledger.parse(line)
            thing = thing_of(measurement, tags)
            self.tags[thing] = tags
            for field, text in fields.items():
                if ledger.is_number(text):
                    self.series[(*thing, field)][milliseconds // 1000] = float(text)
                else:
                    self.texts[(*thing, field)] = text.strip('"')

    def last(self, key, at):
        """The newest value at that time, as an instant query sees it; None after five minutes."""
        seconds = sorted(self.series[key])
        index = bisect.bisect_right(seconds, at) - 1
        if index < 0 or seconds[index] <= at - 300:
            return None
        return self.series[key][seconds[index]]

    def rate(self, key, at, window):
        """rate() of a series that has samples all through the window and does not begin anew."""
        inside = sorted(s for s in self.series[key] if at - window <= s <= at)
        first, last = inside[0], inside[-1]
        return (self.series[key][last] - self.series[key][first]) / (last - first)

    def ids(self, measurement, *objects):
        """Ids of the things of those kinds that have such lines."""
        return sorted({key[1] for key in self.series
                       if key[0] == measurement and key[1].split("/")[0] in objects})


def thing_of(measurement, tags):
    """(measurement, id as prometheus-pve-exporter makes it, device or "")"""
    kind = tags["object"]
    if kind == "nodes":
        name = f"node/{tags['host']}"
    elif kind == "storages":
        name = f"storage/{tags['nodename']}/{tags['host']}"
    else:
        name = f"{kind}/{tags['vmid']}"
    return measurement, name, tags.get("instance", "")
