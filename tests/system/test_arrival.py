"""What Proxmox pushes arrives complete in both stores, equal to the last digit."""

import collections
import operator
import time
import unittest

import harness
import ledger

NODES, GUESTS = 100, 60


class Arrival(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = harness.TemporaryDirectory()
        path = cls.directory.path
        cls.influx = harness.VictoriaMetrics(path, "influx-store").start()
        cls.remote = harness.VictoriaMetrics(path, "remote-store").start()
        cls.prometheus = harness.Prometheus(path).start()
        cls.relay = harness.Relay(path, [
            harness.influxdb_sink(cls.influx.url),
            harness.prometheus_sink(cls.remote.url, "remote"),
            harness.prometheus_sink(cls.prometheus.url, "prometheus")], udp=True).start()
        cls.record = path / "pushed.lp"
        harness.simulate(cls.relay.url, "--nodes", NODES, "--guests", GUESTS, "--cycles", 1,
                         "--record", cls.record)
        lines = list(ledger.recorded_lines(cls.record))
        cls.owed = ledger.numbers_of(lines)
        cls.owed_by_remote_write = ledger.as_remote_write(cls.owed)
        cls.newest = max(milliseconds for _, _, milliseconds in cls.owed) / 1000
        cls.lines = len(lines)
        harness.wait_for("every sink to catch up", cls.relay.has_delivered_all, 240)

    @classmethod
    def tearDownClass(cls):
        for process in (cls.relay, cls.influx, cls.remote, cls.prometheus):
            process.stop()

    def test_everything_was_answered(self):
        everything = sum(1 for _ in ledger.recorded_lines(self.record, answered_only=False))
        self.assertEqual(self.lines, everything)
        self.assertGreater(self.lines, NODES * GUESTS * 4)

    def test_the_influxdb_sink_delivers_every_point(self):
        held = ledger.points_of(self.influx.export())
        self.assertEqual(ledger.difference(self.owed, held), "")

    def test_prometheus_has_every_point_to_the_last_digit(self):
        held = ledger.points_of(self.prometheus.export(), without=("job",))
        difference = ledger.difference(self.owed_by_remote_write, held, equal=operator.eq)
        self.assertEqual(difference, "")

    def test_another_store_of_remote_write_has_as_many_of_every_metric(self):
        """Each series has one point here, so series are points; counted where they are."""
        owed = collections.Counter(name for name, _, _ in self.owed)
        self.remote.flush()
        for name, number in owed.items():
            counted = self.remote.query(f'count({{__name__="{name}",job="pve"}})', self.newest)
            self.assertEqual([int(c["value"][1]) for c in counted], [number], name)

    def test_strings_arrive_as_states_and_info_and_never_as_zero(self):
        states = self.prometheus.query('system_status{object="qemu"} == 1', self.newest)
        self.assertGreater(len(states), 0)
        self.assertEqual({s["metric"]["state"] for s in states}, {"running", "stopped"})
        names = self.prometheus.query('count(system_name_info == 1)', self.newest)
        self.assertGreater(int(names[0]["value"][1]), NODES)

    def test_datagrams_arrive_too(self):
        at = int(time.time()) * 10**9
        import socket
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(100):
                sender.sendto(f"datagram,object=nodes,host=n{number} value={number} {at}\n".encode(),
                              ("127.0.0.1", self.relay.udp_port))
        harness.wait_for("100 points sent by UDP", lambda: self.remote.samples(
            '{__name__="datagram_value"}') == 100)


if __name__ == "__main__":
    unittest.main(verbosity=2)
