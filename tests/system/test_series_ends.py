"""What ends in the cluster ends at a real Prometheus: a guest that has moved, has another name or is
no more is never there twice; what nobody confirmed stays; an alert on a dead node goes on firing."""

import collections
import signal
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
at 100 delete 105
"""
DELETED_UNSEEN = 100
# What tells series of a guest apart that are not the same thing at two places.
ONE_OF_EACH = ('count by (__name__, instance, vmid, device, state, result) '
               '({__name__=~"proxmox_ve_guest_.+"}) > 1')
DEAD_NODE = 'proxmox_ve_node_up{node="pve3"} == 0'
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

    def asked(self, question):
        return [when for when, _ in self.answers[question]]

    def times(self, question):
        """When there was an answer."""
        return [when for when, found in self.answers[question] if found]

    def values(self, question):
        return [found[0][1] if found else 0 for _, found in self.answers[question]]


class SeriesEnd(unittest.TestCase):
    def setUp(self):
        path = harness.TemporaryDirectory().path
        self.store = harness.Prometheus(path).start()
        self.victoria = harness.VictoriaMetrics(path).start()
        self.relay = harness.Relay(path, [
            harness.prometheus_sink(self.store.url, naming=NAMING),
            harness.prometheus_sink(self.victoria.url, name="victoria", naming=NAMING),
        ], presence=PRESENCE)
        self.api = SimulatedApi(path, nodes=3, guests=4, scenario=SCENARIO, to=self.relay.url,
                                interval=f"{CYCLE}s")
        for process in (self.api, self.relay, self.store, self.victoria):
            self.addCleanup(process.kill)
        cluster = '[[cluster]]\nname = "lab"\n'
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace(cluster, cluster + self.api.cluster_api()))

    def count(self, selector, store=None):
        found = (store or self.store).query(f"count({selector})")
        return int(found[0]["value"][1]) if found else 0

    def event(self, kind, of, seconds=60):
        """When it was noticed that this has ended."""
        def times():
            return [when for what, when in events_of(self.relay)[kind] if what == of]
        harness.wait_for(f"{of} to be {kind}", times, seconds, 0.5)
        return times()[0]

    def wait_for_end(self, selector, store=None):
        harness.wait_for(f"the end of {selector}", lambda: not self.count(selector, store), 5, 0.2)

    def test_all_that_happens(self):
        self.relay.start()
        self.api.start()
        began = time.time()
        guests_up = "proxmox_ve_guest_up"
        harness.wait_for("the guests", lambda: self.count(guests_up) == 12, 30)
        watch = Watch(self.store, [ONE_OF_EACH, ONE_INFO, f"count({guests_up})",
                                   "count(proxmox_ve_guest_memory_used_bytes)", DEAD_NODE])
        self.addCleanup(watch.stop)
        self.skip_cycles()

        confirmed = {"101": self.event("migrated", "101"), "102": self.event("renamed", "102"),
                     "100": self.event("deleted", "100")}
        self.assertLess(confirmed["100"] - began, 38 + 40)
        for store in (self.store, self.victoria):
            self.wait_for_end('{vmid="100"}', store)
            self.wait_for_end('{id="qemu/100"}', store)
            self.assertEqual(self.count('proxmox_ve_guest_up{vmid="101"}', store), 1)
            self.assertEqual(self.count('proxmox_ve_guest_up{vmid="102"}', store), 1)
        # What the API says of backups follows when they are spoken of next.
        pushed = '__name__!~".*backup.*"'
        self.assertEqual(self.count(f'{{vmid="101",node="pve1",{pushed}}}'), 0)
        self.assertEqual(self.count(f'{{vmid="102",name!="",name!="web-9",{pushed}}}'), 0)

        self.event("silent", "pve3", 90)
        self.wait_for_end('proxmox_ve_guest_memory_used_bytes{node="pve3"}')
        self.assertEqual(self.count(guests_up), 11)
        self.assertEqual(self.count(f'{guests_up}{{node="pve3"}} == 0'), 4)
        self.restart_while_a_guest_is_deleted(began)

        watch.stop()
        self.see_nothing_twice(watch, confirmed)
        # What nobody has ended has never been away, and what is dead stays dead.
        self.assertGreaterEqual(min(watch.values(f"count({guests_up})")), 10)
        dead = watch.times(DEAD_NODE)
        self.assertEqual([when for when in watch.asked(DEAD_NODE) if when > dead[0]], dead[1:])
        self.assertNotIn("dropped", self.relay.log())

    def skip_cycles(self):
        """pvestatd restarts, and leaves a cycle or two out: nothing ends."""
        before = self.count('{vmid="105"}')
        self.api.child.send_signal(signal.SIGSTOP)
        time.sleep(2.5 * CYCLE)
        self.api.child.send_signal(signal.SIGCONT)
        time.sleep(CYCLE)
        self.assertEqual(events_of(self.relay), {})
        self.assertGreaterEqual(self.count('{vmid="105"}'), before)

    def restart_while_a_guest_is_deleted(self, began):
        """Its series are known of what was sent before the restart."""
        time.sleep(max(0, began + DELETED_UNSEEN - 2 - time.time()))
        self.relay.stop()
        time.sleep(4)
        self.assertGreater(self.count('{vmid="105"}'), 20)
        self.relay.start()
        self.event("deleted", "105")
        self.wait_for_end('{vmid="105"}')
        self.wait_for_end('{id="qemu/105"}')
        self.assertEqual(self.count("proxmox_ve_guest_up"), 10)

    def see_nothing_twice(self, watch, confirmed):
        """… later than a cycle after it was confirmed."""
        for question, label in ((ONE_OF_EACH, "vmid"), (ONE_INFO, "id")):
            for when, found in watch.answers[question]:
                for metric, value in found:
                    vmid = metric[label].removeprefix("qemu/")
                    self.assertLess(when, confirmed.get(vmid, 0) + CYCLE + 1, (metric, value))


if __name__ == "__main__":
    unittest.main()
