"""After an outage: new data goes first, the backlog follows, and what was lost is told."""

import time
import unittest

import harness
import ledger


class Replay(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.store = harness.VictoriaMetrics(self.path)

    def tearDown(self):
        for process in (self.relay, self.store):
            process.stop()

    def start_relay(self, sink="", **more):
        self.relay = harness.Relay(
            self.path, [harness.influxdb_sink(self.store.url, extra=sink)],
            extra='[delivery]\nbackoff_max = "1s"\n', **more)
        self.relay.start()

    def push(self, guests, cycles, record=None, start=None):
        more = ("--record", record) if record else ()
        harness.simulate(self.relay.url, "--nodes", 8, "--guests", guests, "--cycles", cycles,
                         "--start", start or int(time.time()) - 3600, *more)

    def sink(self):
        return self.relay.status()["sinks"][0]

    def show_live(self, name):
        """Pushes a line of that name; returns how long the store took to have it."""
        begun = time.monotonic()
        status, _, body = self.relay.write(f"{name},host=a v=1 {time.time_ns()}")
        self.assertEqual(status, 204, body)

        def found():
            self.store.flush()
            return self.store.query(f"{name}_v")
        harness.wait_for(f"{name} to be in the store", found, 30, every=0.02)
        return time.monotonic() - begun

    def wait_for_backlog(self):
        """Until its newest record is older than live_age_max."""
        old = self.sink()["behind_seconds"] + 6
        harness.wait_for("the backlog to be old", lambda: self.sink()["behind_seconds"] >= old, 30)

    def check_everything_is_there(self, record):
        harness.wait_for("the backlog to be delivered", self.relay.has_delivered_all, 120)
        held = ledger.points_of(self.store.export('{__name__!~"marked_.*"}'))
        owed = ledger.numbers_of(ledger.recorded_lines(record))
        self.assertEqual(ledger.difference(owed, held), "")
        self.assertEqual(self.sink()["points_dropped"], 0)
        self.assertEqual(self.sink()["losses"], [])

    def test_a_live_point_overtakes_a_backlog_that_is_paced(self):
        self.start_relay('replay_rate = "2MiB"')
        record = self.path / "backlog.lp"
        self.push(200, 15, record)
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
        record = self.path / "backlog.lp"
        self.push(500, 30, record)
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
        self.check_everything_is_there(record)

    def test_a_restart_in_the_middle_of_a_replay_loses_nothing(self):
        self.start_relay('replay_rate = "2MiB"')
        record = self.path / "backlog.lp"
        self.push(200, 10, record)
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
        time_of = self.sink()["losses"][0]
        harness.wait_for("the report", lambda: sum(
            one["points"] for one in self.sink()["losses"]) + self.sink()["points_delivered"]
            == points, 10)

        self.assertEqual([one["reason"] for one in self.sink()["losses"]], ["max_bytes"])
        self.assertLess(time_of["from"], time_of["to"])
        lost = {name: value for name, value in self.relay.metrics().items()
                if name.startswith("pverelay_sink_lost_points_total")}
        self.assertEqual(list(lost.values()), [self.sink()["losses"][0]["points"]])
        self.assertIn("was deleted, the journal has reached max_bytes", self.relay.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
