"""After an outage: new data goes first, the backlog follows, and what was lost is told."""

import http.server
import gzip
import time
import unittest

import harness
import recorder
import ledger


class Tap:
    """Stands before a store, hands everything on, and remembers when the store took which name."""

    def __init__(self, store):
        tap = self
        self.taken = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, _, words = harness.http("POST", store.url + self.path, body,
                                                    dict(self.headers))
                except OSError:
                    status, words = 503, b"the store is down"
                # What is small enough to hold one live line; inflating all would slow the replay.
                if status == 204 and len(body) < 2048 and b"\x1f\x8b" == body[:2]:
                    tap.note(gzip.decompress(body))
                self.send_response(status)
                if status != 204:
                    self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                if status != 204:
                    self.wfile.write(words)

            def log_message(self, *_):
                pass

        self.server = recorder.Server(Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def note(self, text):
        for line in text.splitlines():
            self.taken.setdefault(line.split(b",")[0].decode(), time.monotonic())

    def stop(self):
        self.server.stop()


class Replay(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.store = harness.VictoriaMetrics(self.path)
        self.tap = Tap(self.store)

    def tearDown(self):
        for process in (self.relay, self.store, self.tap):
            process.stop()

    def start_relay(self, sink="", **more):
        self.relay = harness.Relay(
            self.path, [harness.influxdb_sink(self.tap.url, extra=sink)],
            extra='[delivery]\nbackoff_max = "1s"\n', **more)
        self.relay.start()

    def push(self, guests, cycles, record=None, start=None):
        more = ("--record", record) if record else ()
        harness.simulate(self.relay.url, "--nodes", 8, "--guests", guests, "--cycles", cycles,
                         "--start", start or int(time.time()) - 3600, *more)

    def sink(self):
        return self.relay.status()["sinks"][0]

    def show_live(self, name):
        """Pushes a line of that name; returns how long it was until the store took it."""
        begun = time.monotonic()
        status, _, body = self.relay.write(f"{name},host=a v=1 {time.time_ns()}")
        self.assertEqual(status, 204, body)
        harness.wait_for(f"{name} to be taken", lambda: name in self.tap.taken, 30, every=0.01)
        return self.tap.taken[name] - begun

    def wait_for_backlog(self):
        """Until its newest record is older than live_age_max."""
        old = self.sink()["behind_seconds"] + 6
        harness.wait_for("the backlog to be old", lambda: self.sink()["behind_seconds"] >= old, 30)

    def check_everything_is_there(self, record):
        harness.wait_for("the backlog to be delivered", self.relay.has_delivered_all, 120)
        held = ledger.points_of(self.store.export('{__name__!~"marked_.*"}'))
        owed = ledger.numbers_of(ledger.recorded_lines(record))
        self.assertEqual(ledger.difference(owed, held), "")
        shown = {labels["__name__"] for labels, _ in self.store.export('{__name__=~"marked_.*"}')}
        self.assertEqual(shown, {name + "_v" for name in self.tap.taken if "marked" in name})
        self.assertEqual(self.sink()["points_dropped"], 0)
        self.assertEqual(self.sink()["losses"], [])

    def test_a_live_point_overtakes_a_backlog_that_is_paced(self):
        self.start_relay('replay_rate = "500KiB"')
        record = self.path / "backlog.lp"
        self.push(60, 5, record)
        self.wait_for_backlog()
        self.store.start()
        harness.wait_for("the replay", lambda: self.sink()["owed_records"] > 0, every=0.01)

        took = [self.show_live(f"marked_{i}") for i in range(3)]

        self.assertGreater(self.sink()["owed_records"], 0, "the backlog was gone too soon")
        self.assertLess(max(took), 2.0)
        print(f"live points after {[f'{t:.2f} s' for t in took]}", flush=True)
        self.check_everything_is_there(record)

    def test_a_live_point_overtakes_a_backlog_at_full_speed(self):
        self.start_relay()
        self.push(150, 20)
        self.wait_for_backlog()
        behind = self.sink()["behind_bytes"]
        begun = time.monotonic()
        self.store.start()
        harness.wait_for("the replay", lambda: self.sink()["owed_records"] > 0, every=0.01)

        took = self.show_live("marked")

        left = self.sink()["owed_records"]
        self.assertLess(took, 2.0)
        self.assertGreater(left, 0, "the backlog was gone too soon")
        harness.wait_for("the backlog to be delivered", self.relay.has_delivered_all, 120)
        print(f"live point after {took:.2f} s with {left} records still owed; {behind} bytes of "
              f"backlog in {time.monotonic() - begun:.1f} s; {self.relay.memory_kib()} KiB resident",
              flush=True)
        status = self.relay.status()
        self.assertEqual(status["sinks"][0]["points_delivered"], status["journal"]["points"])

    def test_a_restart_in_the_middle_of_a_replay_loses_nothing(self):
        self.start_relay('replay_rate = "500KiB"')
        record = self.path / "backlog.lp"
        self.push(60, 5, record)
        self.wait_for_backlog()
        self.store.start()
        harness.wait_for("the replay", lambda: self.sink()["owed_records"] > 0, every=0.01)
        self.show_live("marked_before")

        self.relay.kill()
        self.relay.start()

        self.assertGreater(self.sink()["owed_records"], 0)
        self.assertLess(self.show_live("marked_after"), 2.0)
        self.check_everything_is_there(record)

    def test_what_was_deleted_undelivered_is_told_to_the_point(self):
        self.start_relay(journal='max_bytes = "16MiB"\nsegment_bytes = "1MiB"')
        pushed = 0
        start = int(time.time()) - 3600
        while self.relay.status()["journal"]["segments"] < 12 or not self.sink()["losses"]:
            self.push(500, 5, start=start)
            start += 50
            pushed += 1
            self.assertLess(pushed, 60)
        points = self.relay.status()["journal"]["points"]
        self.store.start()
        harness.wait_for("the rest to be delivered", self.relay.has_delivered_all, 120)
        first = self.sink()["losses"][0]
        harness.wait_for("the report", lambda: sum(
            one["points"] for one in self.sink()["losses"]) + self.sink()["points_delivered"]
            == points, 10)

        self.assertEqual([one["reason"] for one in self.sink()["losses"]], ["max_bytes"])
        self.assertLess(first["from"], first["to"])
        lost = {name: value for name, value in self.relay.metrics().items()
                if name.startswith("pverelay_sink_lost_points_total")}
        self.assertEqual(list(lost.values()), [self.sink()["losses"][0]["points"]])
        self.assertIn("was deleted, the journal has reached max_bytes", self.relay.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
