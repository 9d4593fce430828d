"""Stores that go away and come back find everything; one of them never slows the other."""

import os
import time
import unittest

import harness
import ledger
import recorder

# How long both stores are gone while the nodes go on pushing.
OUTAGE_SECONDS = float(os.environ.get("RELAY_OUTAGE_SECONDS", "60"))


class Outage(unittest.TestCase):
    def setUp(self):
        path = harness.TemporaryDirectory().path
        self.influx = harness.VictoriaMetrics(path, "influx-store")
        # Takes nothing that is older than what it has of the series.
        self.prometheus = harness.Prometheus(path)
        self.relay = harness.Relay(path, [
            harness.influxdb_sink(self.influx.url),
            harness.prometheus_sink(self.prometheus.url)])
        self.path = path

    def tearDown(self):
        for process in (self.relay, self.influx, self.prometheus):
            process.stop()

    def push(self, name, cycles, start):
        record = self.path / name
        harness.simulate(self.relay.url, "--nodes", 4, "--guests", 20, "--cycles", cycles,
                         "--start", start, "--record", record)
        return list(ledger.recorded_lines(record))

    def push_at_pace(self):
        """Every node pushes every 5 s until stopped, which ends with the push at hand."""
        return harness.Process("simulate", [
            harness.RELAY, "simulate", "--to", self.relay.url, "--nodes", 4, "--guests", 20,
            "--cycles", 0, "--interval", 5, "--record", self.path / "pushed.lp"], self.path).start()

    def test_what_was_pushed_while_both_stores_were_down_arrives(self):
        doors = [recorder.Recorder(self.influx.url), recorder.Recorder(self.prometheus.url)]
        self.relay = harness.Relay(self.path, [harness.influxdb_sink(doors[0].url),
                                               harness.prometheus_sink(doors[1].url)])
        self.influx.start()
        self.prometheus.start()
        self.relay.start()
        pushing = self.push_at_pace()
        harness.wait_for("some to arrive", lambda: all(len(door.taken) >= 4 for door in doors))

        self.influx.stop()
        self.prometheus.stop()
        taken = [len(door.taken) for door in doors]
        time.sleep(OUTAGE_SECONDS)
        self.assertEqual([len(door.taken) for door in doors], taken)
        self.influx.start()
        self.prometheus.start()
        backlog = self.relay.status()["journal"]["newest_sequence"]
        # Their waits have grown to a minute at most, and end when they end.
        harness.wait_for("both stores to catch up", lambda: min(
            sink["delivered_sequence"] for sink in self.relay.status()["sinks"]) > backlog, 90)
        self.assertEqual(pushing.stop(), 0, pushing.log())  # every push was answered with 2xx
        harness.wait_for("the stores to have the rest", self.relay.has_delivered_all)

        owed = ledger.numbers_of(ledger.recorded_lines(self.path / "pushed.lp"))
        held = ledger.points_of(self.influx.export())
        self.assertEqual(ledger.difference(owed, held), "")
        held = ledger.points_of(self.prometheus.export(), without=("job",))
        self.assertEqual(ledger.difference(ledger.as_remote_write(owed), held), "")
        dropped = {k: v for k, v in self.relay.metrics().items() if "dropped" in k and v}
        self.assertEqual(dropped, {})
        self.assert_few_were_sent_twice("InfluxDB sink", doors[0], recorder.points_of_lines)
        self.assert_few_were_sent_twice("remote write", doors[1], recorder.points_of_remote_write)
        self.assert_in_order(doors[1])

    def assert_few_were_sent_twice(self, name, door, points_of):
        """At most what one request held: a sink has one in flight when its store dies."""
        requests = [points_of(body) for body in door.taken + door.doubtful]
        sent = sum(len(request) for request in requests)
        distinct = len({point for request in requests for point in request})
        print(f"{name}: {distinct} points, {sent - distinct} duplicates in {len(requests)} "
              f"requests, {len(door.doubtful)} of them without an answer", flush=True)
        self.assertGreater(distinct, 0)
        self.assertLessEqual(sent - distinct, max(len(request) for request in requests))

    def assert_in_order(self, door):
        """Of every series each sample that was taken is newer than the one before."""
        newest = {}
        for body in door.taken:
            for series, milliseconds in recorder.points_of_remote_write(body):
                self.assertGreater(milliseconds, newest.get(series, 0), series)
                newest[series] = milliseconds
        self.assertGreater(len(newest), 0)

    def test_a_dead_store_delays_the_other_by_nothing(self):
        self.influx.start()
        self.relay.start()  # Prometheus was never there

        lines = self.push("pushed.lp", 3, int(time.time()) - 30)

        owed = ledger.numbers_of(lines)
        harness.wait_for("the living store to have all of it", lambda: not ledger.difference(
            owed, ledger.points_of(self.influx.export())), 15)

    def test_a_restart_goes_on_where_it_stopped(self):
        self.relay.start()
        lines = self.push("pushed.lp", 3, int(time.time()) - 30)
        self.assertEqual(self.relay.stop(), 0)
        self.influx.start()
        self.prometheus.start()
        self.relay.start()

        harness.wait_for("the stores to have what the first run took",
                         self.relay.has_delivered_all, 60)

        owed = ledger.numbers_of(lines)
        self.assertEqual(
            ledger.difference(owed, ledger.points_of(self.influx.export())), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
