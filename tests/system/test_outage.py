"""Stores that go away and come back find everything; one of them never slows the other."""

import unittest

import harness
import ledger


class Outage(unittest.TestCase):
    def setUp(self):
        path = harness.TemporaryDirectory().path
        self.influx = harness.VictoriaMetrics(path, "influx-store")
        self.prometheus = harness.Prometheus(path, out_of_order="2h")
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

    def test_what_was_pushed_while_both_stores_were_down_arrives(self):
        import time
        start = int(time.time()) - 600
        self.influx.start()
        self.prometheus.start()
        self.relay.start()
        lines = self.push("before.lp", 6, start)
        harness.wait_for("the stores to have it", self.relay.has_delivered_all)

        self.influx.stop()
        self.prometheus.stop()
        lines += self.push("during.lp", 30, start + 60)
        self.assertFalse(self.relay.has_delivered_all())
        self.influx.start()
        self.prometheus.start()
        harness.wait_for("both stores to catch up", self.relay.has_delivered_all, 90)
        lines += self.push("after.lp", 6, start + 360)
        harness.wait_for("the stores to have the rest", self.relay.has_delivered_all)

        owed = ledger.numbers_of(lines)
        held = ledger.points_of(self.influx.export())
        self.assertEqual(ledger.difference(owed, held), "")
        held = ledger.points_of(self.prometheus.export(), without=("job",))
        self.assertEqual(ledger.difference(ledger.as_remote_write(owed), held), "")
        dropped = {k: v for k, v in self.relay.metrics().items() if "dropped" in k and v}
        self.assertEqual(dropped, {})

    def test_a_dead_store_delays_the_other_by_nothing(self):
        import time
        self.influx.start()
        self.relay.start()  # Prometheus was never there

        lines = self.push("pushed.lp", 3, int(time.time()) - 30)

        owed = ledger.numbers_of(lines)
        harness.wait_for("the living store to have all of it", lambda: not ledger.difference(
            owed, ledger.points_of(self.influx.export())), 15)

    def test_a_restart_goes_on_where_it_stopped(self):
        import time
        self.relay.start()
        lines = self.push("pushed.lp", 3, int(time.time()) - 30)
        self.assertEqual(self.relay.stop(), 0)
        self.influx.start()
        self.prometheus.start()
        self.relay.start()

        harness.wait_for("the stores to have what the first run took", self.relay.has_delivered_all, 60)

        owed = ledger.numbers_of(lines)
        self.assertEqual(
            ledger.difference(owed, ledger.points_of(self.influx.export())), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
