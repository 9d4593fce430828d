"""32 nodes and 2,016 guests, pushed and asked: how soon names are there, how soon a change is in
both stores, and what the API is asked meanwhile. With faults of every kind no pushed line is lost,
no name is wrong and the log stays short.

    python3 tests/system/test_topology_at_size.py --fault-seconds 600
"""

import gzip
import re
import sys
import time
import unittest

from harness import (Relay, TemporaryDirectory, VictoriaMetrics, influxdb_sink, prometheus_sink,
                     wait_for)
from recorder import Recorder
from simulated_api import SimulatedApi

NODES, GUESTS_OF_NODE = 32, 63
MEMORY_KIB = 48 * 1024
FIRST_NAMES_SECONDS, CHANGE_SECONDS = 5, 40
CHANGES_AT = 40
CHANGES = """
at 40 migrate 100 pve2
at 40 rename 101 renamed
at 40 tag 102 fresh
at 40 delete 103
"""
FAULTS = ("401", "403", "500", "501", "595", "slow=12000", "garbled", "cut", "hangup", "strings")
fault_seconds = 60


def all_faults(seconds):
    """One after the other, each at every node, with an offline node and a lost quorum between."""
    each = max(2, seconds // len(FAULTS))
    text = "".join(f"at {20 + i * each} for {each} fault {fault}\n"
                   for i, fault in enumerate(FAULTS))
    return text + f"at {20 + seconds // 2} quorum-lost pve2\nat {20 + seconds} quorum-back pve2\n"


class AtSize(unittest.TestCase):
    def setUp(self):
        self.directory = TemporaryDirectory()
        path = self.directory.path
        self.behind = VictoriaMetrics(path, "behind-influx").start()
        self.influx = Recorder(self.behind.url)
        self.prometheus = VictoriaMetrics(path, "prometheus").start()
        self.relay = None

    def tearDown(self):
        for process in (self.api, self.relay, self.behind, self.prometheus):
            if process:
                process.kill()
        self.influx.stop()
        self.directory.remove()

    def begin(self, scenario, nodes=NODES, guests=GUESTS_OF_NODE):
        path = self.directory.path
        self.relay = Relay(path, [influxdb_sink(self.influx.url),
                                  prometheus_sink(self.prometheus.url)], presence="")
        self.api = SimulatedApi(path, nodes=nodes, guests=guests, scenario=scenario,
                                to=self.relay.url)
        text = self.relay.config.read_text()
        cluster = '[[cluster]]\nname = "lab"\n'
        self.relay.config.write_text(text.replace(cluster, cluster + self.api.cluster_api()))
        self.api.start()
        self.began = time.monotonic()
        self.relay.start()

    def guests(self):
        return self.relay.status()["clusters"][0].get("guests")

    def lines(self):
        """All that the InfluxDB sink has delivered."""
        return b"\n".join(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
                          for body in list(self.influx.taken)).decode()

    def in_influx(self, pattern):
        return re.search(pattern, self.lines(), re.MULTILINE)

    def in_prometheus(self, selector):
        return any(True for _ in self.prometheus.export(selector))

    def test_names_are_there_at_once_and_changes_within_forty_seconds(self):
        self.begin(CHANGES)
        wait_for("the first names", lambda: self.guests() == NODES * GUESTS_OF_NODE,
                 FIRST_NAMES_SECONDS)
        names = time.monotonic() - self.began
        self.assertLess(names, FIRST_NAMES_SECONDS)
        wait_for("the changes", lambda: time.monotonic() - self.began > CHANGES_AT, 60)
        took = {}
        waiting = {
            "migration, InfluxDB": lambda: self.in_influx(
                r"^relay_guest_info,.*nodename=pve2,.*vmid=100 "),
            "migration, Prometheus": lambda: self.in_prometheus(
                '{__name__=~"relay_guest_info.*",vmid="100",nodename="pve2"}'),
            "rename, InfluxDB": lambda: self.in_influx(
                r"^relay_guest_info,.*host=renamed,.*vmid=101 "),
            "rename, Prometheus": lambda: self.in_prometheus(
                '{__name__=~"relay_guest_info.*",vmid="101",host="renamed"}'),
            "tag, InfluxDB": lambda: self.in_influx(
                r'^relay_guest_info,.*vmid=102 .*tags="fresh"'),
            "tag, Prometheus": lambda: self.in_prometheus(
                '{__name__="relay_guest_info_tags_info",vmid="102",tags="fresh"}'),
            "deletion, InfluxDB": lambda: self.in_influx(
                r'^relay_event,.*vmid=103 .*kind="deleted"'),
            # Events make no series: to Prometheus a deletion is a series that ends.
        }

        def all_seen():
            for what in [what for what, is_there in waiting.items() if is_there()]:
                took[what] = time.monotonic() - self.began - CHANGES_AT
                del waiting[what]
            return not waiting
        try:
            wait_for("every change in both stores", all_seen, CHANGE_SECONDS, every=0.5)
        finally:
            print(f"first names after {names:.1f} s; changes after", {
                what: f"{seconds:.0f} s" for what, seconds in took.items()},
                "still waiting for", list(waiting), flush=True)

        asked = self.api.accesses()
        seconds = time.monotonic() - self.began
        memory = self.relay.memory_kib()
        print(f"{len(asked)} requests in {seconds:.0f} s, at most "
              f"{max(one['concurrent'] for one in asked)} at once at a node, "
              f"{memory / 1024:.1f} MiB resident")
        self.assertLess(memory, MEMORY_KIB)
        self.assertEqual({one["method"] for one in asked}, {"GET"})
        self.assertEqual(max(one["concurrent"] for one in asked), 1)
        # The first look at everything costs a burst; what follows is below one a second.
        self.assertLess(len(asked), 40 + seconds)

    def test_faults_of_every_kind_cost_no_line_and_no_name(self):
        self.begin(all_faults(fault_seconds), nodes=4, guests=20)
        wait_for("the first names", lambda: self.guests() == 80, 15)
        wait_for("the faults to pass",
                 lambda: time.monotonic() - self.began > 20 + fault_seconds, fault_seconds + 60,
                 every=1)
        self.assertEqual(self.guests(), 80)
        self.api.stop()
        pushed = self.api.log()
        wait_for("all to be delivered", self.relay.has_delivered_all, 30)

        self.assertNotRegex(pushed, r"\b[1-9]\d* (failed|failures)")
        refused = [value for name, value in self.relay.metrics().items()
                   if name.startswith(("pverelay_rejected_lines_total", "pverelay_refused_lines"))]
        self.assertEqual(set(refused) - {0}, set())
        names = {match[1] for match in re.finditer(
            r"^relay_guest_info,.*host=([^,]*),.*vmid=100 ", self.lines(), re.MULTILINE)}
        self.assertEqual(len(names), 1, names)
        log = self.relay.log().splitlines()
        print(f"{fault_seconds} s of faults: {len(log)} lines of log, {names}")
        self.assertLess(len(log), 40 + fault_seconds // 10, self.relay.log())


if __name__ == "__main__":
    if "--fault-seconds" in sys.argv:
        at = sys.argv.index("--fault-seconds")
        fault_seconds = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main()
