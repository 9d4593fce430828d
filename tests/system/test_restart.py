"""A restart costs nobody anything: the ports stay open while nobody reads, what arrives meanwhile
waits, and every push that is under way gets its answer."""

import socket
import time
import unittest

import harness
import stream
import supervisor


class Restart(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.store = harness.VictoriaMetrics(self.path).start()
        self.relay = harness.Relay(self.path, [harness.influxdb_sink(self.store.url)], udp=True)
        self.systemd = supervisor.Supervisor(self.path)

    def tearDown(self):
        for process in (self.relay, self.store):
            process.stop()
        self.systemd.close()

    def open_sockets(self):
        """As pverelay.socket does. Returns how fast datagrams may come while nobody reads."""
        self.systemd.open(socket.SOCK_STREAM, self.relay.port)
        udp = self.systemd.open(socket.SOCK_DGRAM, self.relay.udp_port)
        room = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        # A small datagram takes a kilobyte of it; a restart is over in three seconds.
        return min(2000, room // 1024 // 3)

    def start(self):
        self.systemd.supervise(self.relay).start()

    def restart(self):
        self.assertEqual(self.relay.stop(), 0, self.relay.log())
        self.start()

    def assert_all_arrived(self, load):
        self.assertEqual(load.failures, [], self.relay.log())
        self.assertGreater(load.count(), 500)
        def missing():
            return set(load.sent) - stream.arrived(self.store)
        harness.wait_for("every line to arrive", lambda: not missing(), 60, every=0.5)
        dropped = [value for name, value in self.relay.metrics().items() if "kernel_drops" in name]
        self.assertEqual(dropped, [0])

    def test_under_load_costs_no_datagram_and_no_connection(self):
        rate = self.open_sockets()
        self.start()
        load = stream.Stream(self.relay.port, self.relay.udp_port, rate).start()
        try:
            for _ in range(3):
                load.wait_for_more()
                self.restart()
            load.wait_for_more()
        finally:
            load.stop()
        self.assert_all_arrived(load)

    def test_a_relay_that_fails_to_start_in_between_costs_nothing_either(self):
        rate = self.open_sockets()
        self.start()
        good = self.relay.config.read_text()
        load = stream.Stream(self.relay.port, self.relay.udp_port, rate / 2).start()
        try:
            load.wait_for_more()
            self.assertEqual(self.relay.stop(), 0, self.relay.log())
            self.relay.config.write_text(good + "\n[jurnal]\n")
            self.systemd.supervise(self.relay)
            for _ in range(2):
                harness.Process.start(self.relay)
                self.assertEqual(self.relay.child.wait(10), 78, self.relay.log())
            self.relay.config.write_text(good)
            self.start()
            load.wait_for_more()
        finally:
            load.stop()
        self.assert_all_arrived(load)

    def test_sockets_that_the_relay_bound_are_kept_for_the_next_one(self):
        self.start()
        harness.wait_for("both sockets to be handed over", lambda: len(self.systemd.kept) == 2)
        room = next(one for one in self.systemd.kept.values()
                    if one.type & socket.SOCK_DGRAM).getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        load = stream.Stream(self.relay.port, self.relay.udp_port,
                             min(2000, room // 1024 // 3)).start()
        try:
            for _ in range(2):
                load.wait_for_more()
                self.restart()
            load.wait_for_more()
        finally:
            load.stop()
        self.assert_all_arrived(load)

    def test_a_kept_socket_that_nobody_wants_any_more_is_closed(self):
        self.start()
        harness.wait_for("both sockets to be handed over", lambda: len(self.systemd.kept) == 2)
        self.assertEqual(self.relay.stop(), 0)
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace(f'[[listen]]\ntype = "udp"\naddress = '
                                                  f'"127.0.0.1:{self.relay.udp_port}"\n', ""))
        self.start()
        harness.wait_for("one to be forgotten", lambda: len(self.systemd.kept) == 1)
        self.assertIn(f"kept-http-127.0.0.1.{self.relay.port}", self.systemd.kept)

    def test_a_socket_that_nothing_reads_is_spoken_of(self):
        other = self.systemd.open(socket.SOCK_DGRAM, harness.free_port(socket.SOCK_DGRAM))
        self.start()
        self.assertIn(f"udp 127.0.0.1:{other.getsockname()[1]} was opened for us "
                      "(pverelay.socket), but no [[listen]] reads it", self.relay.log())

    def test_systemd_hears_how_the_relay_is(self):
        self.start()
        harness.wait_for("READY", lambda: self.systemd.heard("READY"))
        self.relay.write(stream.Stream.line("one"))
        harness.wait_for("STATUS to speak of it", lambda: any(
            "1 lines received; influx has everything" in text
            for text in self.systemd.heard("STATUS")), 30)
        before = time.monotonic_ns() // 1000
        self.relay.child.send_signal(harness.signal.SIGHUP)
        harness.wait_for("READY again", lambda: len(self.systemd.heard("READY")) == 2)
        self.assertGreaterEqual(int(self.systemd.heard("MONOTONIC_USEC")[0]), before)
        self.assertEqual(self.relay.stop(), 0)
        harness.wait_for("STOPPING", lambda: self.systemd.heard("STOPPING"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
