"""A node that dies is noticed, stays at 0 over a restart of the relay, and is noticed when it returns."""

import subprocess
import threading
import time
import unittest

import harness
from simulated_api import SimulatedApi

# A node may be silent for no longer than this; it pushes every second.
PRESENCE = 'node_silent_min = "15s"\nup_interval = "2s"\n'


class HandFedNode:
    """A second node that never dies: one guest, pushed every second."""

    def __init__(self, relay):
        self.relay, self.ended = relay, threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while not self.ended.wait(1):
            now = f"{int(time.time())}000000000\n"
            for text in (f"system,object=nodes,host=steady uptime=1 {now}",
                         "system,object=qemu,vmid=900,nodename=steady,host=rock "
                         f'name="rock",status="running",uptime=1 {now}'):
                try:
                    self.relay.write(text)
                except OSError:
                    pass  # the relay is being restarted

    def stop(self):
        self.ended.set()
        self.thread.join()


def events_of(relay):
    """(kind, line) of every event in the journal, the oldest first."""
    found = subprocess.run(
        [str(harness.RELAY), "journal", "cat", "--config", str(relay.config)],
        capture_output=True, text=True, check=True, timeout=60).stdout
    lines = [line for line in found.splitlines() if line.startswith("relay_event,")]
    return [(line.split('kind="')[1].split('"')[0], line) for line in lines]


class Presence(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.store = harness.Prometheus(self.path).start()
        self.relay = harness.Relay(self.path, [harness.prometheus_sink(self.store.url)],
                                   presence=PRESENCE).start()
        self.steady = HandFedNode(self.relay)
        self.addCleanup(self.steady.stop)

    def simulate(self):
        return harness.Process("simulate", [
            harness.RELAY, "simulate", "--to", self.relay.url, "--nodes", 1, "--guests", 3,
            "--cycles", 0, "--interval", "1s"], self.path).start()

    def up(self, **labels):
        """The last value that is said of it, or None."""
        match = ",".join(f'{key}="{value}"' for key, value in labels.items())
        found = self.store.query(f"max(relay_up_up{{{match}}})")
        return float(found[0]["value"][1]) if found else None

    def wait_for_up(self, value, seconds=60, **labels):
        harness.wait_for(f"{labels} to be {value}", lambda: self.up(**labels) == value, seconds, 0.3)

    def wait_for_kinds(self, *kinds):
        """What stands in the journal is seen from outside within a second of its being sent."""
        harness.wait_for(f"the events {kinds}", lambda: self.kinds() == list(kinds), 10, 0.3)

    def kinds(self):
        return [kind for kind, _ in events_of(self.relay)]

    def test_a_node_dies_and_returns(self):
        node = self.simulate()
        self.wait_for_up(1, object="nodes", host="pve1")
        self.wait_for_up(1, object="qemu", nodename="pve1")
        self.wait_for_up(1, object="storages", nodename="pve1")
        self.wait_for_up(1, object="nodes", host="steady")

        node.kill()
        died = time.monotonic()
        self.wait_for_up(0, object="nodes", host="pve1")
        self.assertGreater(time.monotonic() - died, 13)
        self.wait_for_up(0, object="qemu", nodename="pve1")
        self.wait_for_up(0, object="storages", nodename="pve1")
        self.assertEqual(self.up(object="nodes", host="steady"), 1)
        self.assertEqual(self.up(object="qemu", vmid="900"), 1)
        self.assertEqual(self.up(object="cluster"), 1)
        self.wait_for_kinds("silent")
        line = events_of(self.relay)[0][1]
        self.assertIn("relay_event,cluster=lab,host=pve1,object=nodes ", line)
        self.assertIn("Node pve1 has sent nothing for", line)
        self.assertIn("Node pve1 has sent nothing for", self.relay.log())
        self.see_it_on_the_pages()

        # A restart neither forgets it nor takes anybody else for dead.
        self.relay.stop()
        self.relay.start()
        begun = time.time()
        harness.wait_for("the first words after the restart", lambda: self.store.query(
            f'timestamp(relay_up_up{{host="pve1",object="nodes"}}) > {begun + 20}'), 60, 0.5)
        self.assertEqual(self.up(object="nodes", host="pve1"), 0)
        self.assertEqual(self.up(object="qemu", nodename="pve1"), 0)
        self.assertEqual(self.up(object="nodes", host="steady"), 1)
        self.assertEqual(self.counted_events(), {})

        node = self.simulate()
        self.wait_for_up(1, object="nodes", host="pve1")
        self.wait_for_up(1, object="qemu", nodename="pve1")
        harness.wait_for("pve1 to be back", lambda: self.counted_events() == {"back": 1}, 10)
        node.kill()

    def counted_events(self):
        """Of this process, by kind; of the one before the journal may have none any more."""
        name = "pverelay_presence_events_total{kind="
        return {key[len(name) + 1:-2]: value for key, value in self.relay.metrics().items()
                if key.startswith(name) and value}

    def see_it_on_the_pages(self):
        cluster, = self.relay.status()["presence"]["clusters"]
        self.assertEqual([one["name"] for one in cluster["silent_nodes"]], ["pve1"])
        self.assertEqual((cluster["nodes"], cluster["guests"]), (2, 4))
        metrics = self.relay.metrics()
        self.assertEqual(metrics['pverelay_presence_nodes_silent{cluster="lab"}'], 1)
        self.assertEqual(metrics['pverelay_presence_events_total{kind="silent"}'], 1)


SCENARIO = """
at 20 migrate 101 pve2
at 24 rename 102 web-9
at 28 delete 100
at 40 offline pve3
"""


class PresenceWithAnApi(unittest.TestCase):
    def test_each_end_is_told_once_and_nothing_else_ends(self):
        path = harness.TemporaryDirectory().path
        relay = harness.Relay(path, [harness.influxdb_sink("http://127.0.0.1:9")],
                              presence=PRESENCE)
        api = SimulatedApi(path, nodes=3, guests=4, scenario=SCENARIO, to=relay.url, interval="2s")
        self.addCleanup(api.kill)
        self.addCleanup(relay.kill)
        cluster = '[[cluster]]\nname = "lab"\n'
        relay.config.write_text(
            relay.config.read_text().replace(cluster, cluster + api.cluster_api()))
        relay.start()
        api.start()

        wanted = [("deleted", "100", "pve1"), ("migrated", "101", "pve1"),
                  ("renamed", "102", "pve1"), ("silent", None, "pve3")]
        harness.wait_for("every end", lambda: set(wanted) <= set(self.told(relay)), 120, 1)
        time.sleep(10)
        # Gone first, or deleted at once where the API is asked before the second push without it.
        told = [one for one in self.told(relay) if one != ("gone", "100", "pve1")]
        self.assertEqual(sorted(told, key=str), wanted)
        running = relay.status()["presence"]["clusters"][0]
        self.assertEqual((running["guests"], running["guests_gone"]), (11, 0))

    @staticmethod
    def told(relay):
        """(kind, vmid, node) of every event."""
        out = []
        for kind, line in events_of(relay):
            tags = dict(tag.split("=", 1) for tag in line.split(" ", 1)[0].split(",")[1:])
            out.append((kind, tags.get("vmid"), tags.get("nodename") or tags["host"]))
        return out


if __name__ == "__main__":
    unittest.main(verbosity=2)
