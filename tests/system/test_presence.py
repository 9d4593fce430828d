"""A node that dies is noticed, stays at 0 over a restart of the relay, and is noticed when it returns."""

import threading
import time
import unittest

import harness

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

    def events(self):
        """(kind, tags and fields) of every event there was, the oldest first."""
        found = harness.subprocess.run(
            [str(harness.RELAY), "journal", "cat", "--config", str(self.relay.config)],
            capture_output=True, text=True, check=True, timeout=60).stdout
        lines = [line for line in found.splitlines() if line.startswith("relay_event,")]
        return [(line.split('kind="')[1].split('"')[0], line) for line in lines]

    def wait_for_kinds(self, *kinds):
        """What stands in the journal is seen from outside within a second of its being sent."""
        harness.wait_for(f"the events {kinds}", lambda: self.kinds() == list(kinds), 10, 0.3)

    def kinds(self):
        return [kind for kind, _ in self.events()]

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
        line = self.events()[0][1]
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


if __name__ == "__main__":
    unittest.main(verbosity=2)
