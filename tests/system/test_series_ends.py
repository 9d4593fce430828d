"""What ends in the cluster ends at a real Prometheus: a guest that has moved, has another name or is
no more is never there twice; what nobody confirmed stays; an alert on a dead node goes on firing."""

import collections
import subprocess
import threading
import time
import unittest

import harness
from simulated_api import SimulatedApi

PRESENCE = 'node_silent_min = "15s"\nup_interval = "5s"\n'
NAMING = '["proxmox", "pve-exporter"]'
CYCLE = 2
SCENARIO = """
at 30 migrate 101 pve2
at 34 rename 102 web-9
at 38 delete 100
at 38 tag 103 fresh
at 60 offline pve3
"""
# What tells series of a guest apart that are not the same thing at two places.
ONE_OF_EACH = ('count by (__name__, instance, vmid, device, state, result) '
               '({__name__=~"proxmox_ve_guest_.+"}) > 1')
ONE_INFO = 'count by (id) (pve_guest_info) > 1'


def events_of(relay):
    """kind -> [(vmid or host, seconds)] of what stands in the journal."""
    found = subprocess.run(
        [str(harness.RELAY), "journal", "cat", "--config", str(relay.config)],
        capture_output=True, text=True, check=True, timeout=60).stdout
    out = collections.defaultdict(list)
    for line in found.splitlines():
        if not line.startswith("relay_event,"):
            continue
        tags = dict(one.split("=", 1) for one in line.split(" ", 1)[0].split(",")[1:])
        out[line.split('kind="')[1].split('"')[0]].append(
            (tags.get("vmid", tags["host"]), int(line.rsplit(" ", 1)[1]) / 1e9))
    return out


class Watch:
    """Asks the same questions all the time, as rules and dashboards do."""

    def __init__(self, store, questions):
        self.store, self.questions = store, questions
        self.answers = collections.defaultdict(list)  # question -> [(time, [labels, value])]
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.ended.wait(0.5):
            for question in self.questions:
                now = time.time()
                found = self.store.query(question, at=now)
                self.answers[question].append(
                    (now, [(one["metric"], float(one["value"][1])) for one in found]))

    def stop(self):
        self.ended.set()
        self.thread.join()

    def times(self, question, holds=bool):
        return [when for when, found in self.answers[question] if holds(found)]


class SeriesEnd(unittest.TestCase):
    def setUp(self):
        path = harness.TemporaryDirectory().path
        self.store = harness.Prometheus(path).start()
        self.behind = harness.VictoriaMetrics(path).start()
        self.relay = harness.Relay(path, [
            harness.prometheus_sink(self.store.url, naming=NAMING),
            harness.prometheus_sink(self.behind.url, name="victoria", naming=NAMING),
        ], presence=PRESENCE)
        self.api = SimulatedApi(path, nodes=3, guests=4, scenario=SCENARIO, to=self.relay.url,
                                interval=f"{CYCLE}s")
        for process in (self.api, self.relay, self.store, self.behind):
            self.addCleanup(process.kill)
        cluster = '[[cluster]]\nname = "lab"\n'
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace(cluster, cluster + self.api.cluster_api()))

    def values(self, expression, store=None):
        return {tuple(sorted(one["metric"].items())): float(one["value"][1])
                for one in (store or self.store).query(expression)}

    def test_all_that_happens(self):
        self.relay.start()
        self.api.start()
        harness.wait_for("the guests", lambda: len(self.values("proxmox_ve_guest_up")) == 12, 30)
        self.watch = Watch(self.store, [
            ONE_OF_EACH, ONE_INFO, 'count({vmid="100"})', 'count({id="qemu/100"})',
            'proxmox_ve_node_up{node="pve3"}', 'count(proxmox_ve_guest_up)'])
        self.addCleanup(self.watch.stop)
        harness.wait_for("the deletion", lambda: events_of(self.relay)["deleted"], 90, 1)
        time.sleep(3 * CYCLE)
        print(self.values(ONE_OF_EACH), self.values(ONE_INFO), flush=True)
        print(dict(events_of(self.relay)))
        print(sorted(self.values('{vmid="100"}')), flush=True)
        print({k: v for k, v in self.relay.metrics().items() if "sink" in k}, flush=True)
        harness.wait_for("the node", lambda: events_of(self.relay)["silent"], 90, 1)
        time.sleep(3 * CYCLE)
        print(len(self.values('{node="pve3"}')), sorted(self.values('{node="pve3"}'))[:4], flush=True)
        for q in self.watch.answers:
            print(q, [(round(t - self.api_start, 1) if 0 else round(t % 1000, 1), [(m.get("__name__"), m.get("vmid"), v) for m, v in f][:3]) for t, f in self.watch.answers[q] if f][-60:], flush=True)


if __name__ == "__main__":
    unittest.main()
