"""Every kind of fault that the simulated API knows, each for as long as is asked, each at a cluster
and a relay of its own, all at the same time: no pushed line is lost, no name is wrong, nothing is
taken for ended that goes on, neither log nor memory grows, and when the fault is over the API is
believed again.

    python3 tests/system/test_topology_faults.py --seconds 600
"""

import gzip
import http.server
import re
import sys
import time
import unittest

from harness import Relay, TemporaryDirectory, influxdb_sink, wait_for
from recorder import Server
from simulated_api import Authority, SimulatedApi

NODES, GUESTS_OF_NODE = 3, 4
GUESTS = NODES * GUESTS_OF_NODE
BEGIN = 30  # of the faults, in seconds of the simulation: everything is known by then
seconds = 60

# What the scenario says of each; {at}, {end} and {for} are filled in. Events that these make.
FAULTS = {
    "none": ("", set()),
    "answers-401": ("at {at} for {for} fault 401", set()),
    "answers-403": ("at {at} for {for} fault 403", set()),
    "answers-500": ("at {at} for {for} fault 500", set()),
    "answers-501": ("at {at} for {for} fault 501", set()),
    "answers-595": ("at {at} for {for} fault 595", set()),
    "one-node-595": ("at {at} for {for} fault 595 path=nodes/pve3", set()),
    "slow": ("at {at} for {for} fault slow=12000", set()),
    "garbled": ("at {at} for {for} fault garbled", set()),
    "cut": ("at {at} for {for} fault cut", set()),
    "hangup": ("at {at} for {for} fault hangup", set()),
    "strings": ("at {at} for {for} fault strings", set()),
    "no-rights": ("at {at} rights none\nat {end} rights / PVEAuditor", set()),
    "one-node-without-quorum": ("at {at} quorum-lost pve2\nat {end} quorum-back pve2", set()),
    "no-quorum": ("at {at} quorum-lost\nat {end} quorum-back", set()),
    "one-node-offline": ("at {at} offline pve2\nat {end} online pve2", {"silent", "back"}),
    "storage-dead": ("at {at} storage-dead local pve1\nat {end} storage-back local pve1",
                     {"gone", "back"}),
    "api-down": ("", set()),  # its doors are closed
}


class Store:
    """Takes whatever an InfluxDB sink sends and remembers what is asked here."""

    def __init__(self):
        self.pushed = 0
        self.names = {}   # vmid -> every name it was given
        self.events = []  # (kind, line)
        store = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                store.take(gzip.decompress(body).decode())
                self.send_response_only(204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = Server(Handler)
        self.url = self.server.url

    def take(self, text):
        for line in text.splitlines():
            if not line.startswith("relay_"):
                self.pushed += 1
            elif line.startswith("relay_guest_info,"):
                name, vmid = re.search(r",host=([^, ]*)", line), re.search(r",vmid=(\d+)", line)
                self.names.setdefault(vmid[1], set()).add(name and name[1])
            elif line.startswith("relay_event,"):
                self.events.append((re.search(r'kind="([^"]*)"', line)[1], line))

    def stop(self):
        self.server.stop()


class Case:
    """One fault: a simulated cluster, a relay that asks it, a store."""

    def __init__(self, name, directory, authority):
        self.name, self.readings = name, []
        directory = directory / name
        directory.mkdir()
        self.store = Store()
        scenario, self.may_end = FAULTS[name]
        end = BEGIN + seconds
        self.relay = Relay(directory, [influxdb_sink(self.store.url)], presence="")
        self.api = SimulatedApi(
            directory, nodes=NODES, guests=GUESTS_OF_NODE, to=self.relay.url, authority=authority,
            scenario=scenario.format_map({"at": BEGIN, "end": end, "for": seconds}))
        text = self.relay.config.read_text()
        cluster = '[[cluster]]\nname = "lab"\n'
        self.relay.config.write_text(text.replace(cluster, cluster + self.api.cluster_api()))

    def start(self):
        self.relay.start()
        self.api.start()
        self.began = time.monotonic()

    def cluster(self):
        return self.relay.status()["clusters"][0]

    def is_known(self):
        return self.cluster().get("guests") == GUESTS

    def look(self):
        """(requests, answers of 2xx, lines of log, KiB resident) so far."""
        asked = self.relay.metrics()
        of = {name: value for name, value in asked.items()
              if name.startswith("pverelay_topology_requests_total")}
        good = sum(value for name, value in of.items() if 'status="2' in name)
        log = self.relay.output.read_text().count("\n")
        self.readings.append((int(sum(of.values())), int(good), log, self.relay.memory_kib()))

    def wait_until(self, second):
        time.sleep(max(0, self.began + second - time.monotonic()))

    def has_recovered(self):
        """The API is believed again, and says what it said at first."""
        age = self.cluster().get("age_seconds")
        return age is not None and age < 60 and self.is_known()

    def finish(self):
        """What the simulator has pushed; all of it is delivered afterwards."""
        self.api.stop()
        wait_for(f"{self.name}: all to be delivered", self.relay.has_delivered_all, 30)
        pushed = re.search(r"^answered +(\d+) lines", self.api.log(), re.MULTILINE)
        sent = re.search(r"^sent +(\d+) lines", self.api.log(), re.MULTILINE)
        return int(sent[1]), int(pushed[1])

    def kill(self):
        self.api.kill()
        self.relay.kill()
        self.store.stop()


class Faults(unittest.TestCase):
    def test_no_fault_costs_a_line_or_a_name_or_fills_the_log(self):
        directory = TemporaryDirectory()
        self.addCleanup(directory.remove)
        authority = Authority(directory.path)
        cases = [Case(name, directory.path, authority) for name in chosen]
        for case in cases:
            self.addCleanup(case.kill)
            case.start()
        for case in cases:
            wait_for(f"{case.name}: the names", case.is_known, 20)
        for second in (BEGIN + 10, BEGIN + seconds // 2, BEGIN + seconds):
            for case in cases:
                case.wait_until(BEGIN)
                if case.name == "api-down" and case.api.doors.are_open():
                    case.api.doors.close()
            for case in cases:
                case.wait_until(second)
                case.look()
        for case in cases:
            if case.name == "api-down":
                case.api.open_doors()
        self.see_recovery(cases)
        for case in cases:
            with self.subTest(case.name):
                self.judge(case)

    def see_recovery(self, cases):
        """As long as a pause may be: five minutes, and its jitter."""
        self.recovered = {}

        def all_recovered():
            for case in cases:
                if case.name not in self.recovered and case.has_recovered():
                    self.recovered[case.name] = time.monotonic() - case.began - BEGIN - seconds
            return len(self.recovered) == len(cases)
        deadline = time.monotonic() + 330 + 60
        while time.monotonic() < deadline and not all_recovered():
            time.sleep(1)

    def judge(self, case):
        sent, answered = case.finish()
        (_, _, log_0, kib_0), (asked_1, good_1, log_1, _), (asked_2, good_2, log_2, kib_2) = \
            case.readings
        events = [kind for kind, _ in case.store.events]
        recovered = self.recovered.get(case.name)
        print(f"{case.name:24} asked {asked_2} (2xx {good_2}), log {log_0} +{log_1 - log_0} "
              f"+{log_2 - log_1}, {kib_0 / 1024:.1f} -> {kib_2 / 1024:.1f} MiB, pushed {sent}, "
              f"events {sorted(events)}, recovered after "
              f"{'never' if recovered is None else f'{recovered:.0f} s'}", flush=True)
        self.assertEqual(sent, answered)
        self.assertEqual(case.store.pushed, sent)
        self.assertEqual({len(names) for names in case.store.names.values()}, {1},
                         case.store.names)
        self.assertEqual(len(case.store.names), GUESTS)
        self.assertEqual(set(events) - case.may_end, set(), case.store.events)
        self.assertLessEqual(log_2, 30, case.relay.log())
        if seconds >= 300:  # ten lines at once, then one in ten minutes
            self.assertLessEqual(log_2 - log_1, 4, case.relay.log())
        # What a relay without a fault takes, whose tail fills: of the first case.
        self.growth = getattr(self, "growth", kib_2 - kib_0)
        self.assertLess(kib_2 - kib_0, self.growth + 1024)
        self.assertIsNotNone(recovered, case.relay.log())


chosen = list(FAULTS)
if __name__ == "__main__":
    if "--seconds" in sys.argv:
        at = sys.argv.index("--seconds")
        seconds = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    if "--only" in sys.argv:
        at = sys.argv.index("--only")
        chosen = sys.argv[at + 1].split(",")
        del sys.argv[at:at + 2]
    unittest.main()
