"""SIGHUP: another configuration under load. What it does not speak of goes on as if nothing had
happened, and a wrong one changes nothing at all."""

import http.client
import json
import pathlib
import signal
import socket
import subprocess
import time
import unittest

import harness
import stream


class Reload(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.stores = [harness.VictoriaMetrics(self.path, f"store{i}").start() for i in range(2)]
        self.relay = None

    def tearDown(self):
        for process in (self.relay, *self.stores):
            if process:
                process.stop()

    def start(self, sinks, **more):
        self.relay = harness.Relay(self.path, sinks, udp=True, **more).start()
        self.base = self.relay.config.read_text()
        for sink in sinks:
            self.base = self.base.replace(sink, "")
        return self.relay

    def reload(self, text):
        """Returns whether it was taken, as /status says."""
        before = self.relay.status()["config"]["count"]
        self.relay.config.write_text(text)
        self.relay.child.send_signal(signal.SIGHUP)
        harness.wait_for("the reload", lambda: self.relay.status()["config"]["count"] > before, 20)
        return self.relay.status()["config"]["successful"]

    def sinks(self):
        return {sink["name"]: sink for sink in self.relay.status()["sinks"]}

    def assert_arrived(self, load, store):
        self.assertEqual(load.failures, [], self.relay.log())
        harness.wait_for("every line to arrive",
                         lambda: set(load.sent) <= stream.arrived(store), 60, every=0.5)
        dropped = [value for name, value in self.relay.metrics().items() if "kernel_drops" in name]
        self.assertEqual(set(dropped), {0})

    def test_sinks_change_under_load(self):
        dead = f"http://127.0.0.1:{harness.free_port()}"
        steady = harness.influxdb_sink(self.stores[0].url, "steady")
        self.start([steady, harness.influxdb_sink(dead, "moves")])
        load = stream.Stream(self.relay.port, self.relay.udp_port, kept_alive=True).start()
        try:
            load.wait_for_more()
            first = self.sinks()["steady"]["points_delivered"]
            self.assertEqual(self.sinks()["moves"]["points_delivered"], 0)
            self.assertTrue(self.reload(self.base + steady
                                        + harness.influxdb_sink(self.stores[1].url, "moves")
                                        + harness.prometheus_sink(self.stores[1].url, "comes")))
            load.wait_for_more()
            # A sink goes on counting, also one that moved.
            self.assertGreaterEqual(self.sinks()["steady"]["points_delivered"], first)
            self.assertEqual(list(self.sinks()), ["steady", "moves", "comes"])
            moved = harness.wait_for("it to deliver", lambda: self.sinks()["moves"]["points_delivered"])
            self.assertTrue(self.reload(self.base + steady + harness.influxdb_sink(
                self.stores[1].url, "moves", 'timeout = "20s"')))
            self.assertGreaterEqual(self.sinks()["moves"]["points_delivered"], moved)
            load.wait_for_more()
            self.assertEqual(list(self.sinks()), ["steady", "moves"])
        finally:
            load.stop()
        for store in self.stores:
            self.assert_arrived(load, store)

    def test_a_wrong_configuration_changes_nothing_and_is_told(self):
        steady = harness.influxdb_sink(self.stores[0].url, "steady")
        self.start([steady])
        good = self.relay.config.read_text()
        load = stream.Stream(self.relay.port, self.relay.udp_port).start()
        try:
            load.wait_for_more()
            wrong = good + '\n[jurnal]\nsync = "none"\n'
            self.assertFalse(self.reload(wrong))
            line = wrong.splitlines().index("[jurnal]") + 1
            self.assertIn(f"{self.relay.config}:{line}:", self.relay.log())
            self.assertIn("the one before stays in force", self.relay.log())
            self.assertEqual(
                self.relay.metrics()["pverelay_config_last_reload_successful"], 0)
            taken = harness.free_port(socket.SOCK_DGRAM)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind(("127.0.0.1", taken))
                self.assertFalse(self.reload(
                    good + f'\n[[listen]]\ntype = "udp"\naddress = "127.0.0.1:{taken}"\n'))
            self.assertIn(f"cannot listen on 127.0.0.1 port {taken} (UDP)", self.relay.log())
            load.wait_for_more()
            self.assertTrue(self.reload(good))
            self.assertEqual(
                self.relay.metrics()["pverelay_config_last_reload_successful"], 1)
        finally:
            load.stop()
        self.assert_arrived(load, self.stores[0])

    def test_listeners_come_and_go_and_change_their_rules(self):
        steady = harness.influxdb_sink(self.stores[0].url, "steady")
        self.start([steady])
        good = self.relay.config.read_text()
        load = stream.Stream(self.relay.port, self.relay.udp_port).start()
        second = harness.free_port()
        more = f'\n[[listen]]\ntype = "http"\naddress = "127.0.0.1:{second}"\n'
        try:
            load.wait_for_more()
            self.assertTrue(self.reload(good + more + '[tags]\nsite = "here"\n'))
            other = stream.Stream(second).start()
            other.wait_for_more()
            other.stop()
            self.assertEqual(other.failures, [])
            self.assertTrue(self.reload(good.replace('name = "lab"', 'name = "field"')))
            with self.assertRaises(OSError):
                socket.create_connection(("127.0.0.1", second))
            load.wait_for_more()
        finally:
            load.stop()
        self.assert_arrived(load, self.stores[0])
        seen = {(labels["cluster"], labels.get("site"))
                for labels, _ in self.stores[0].export('{__name__=~"stream.*"}')}
        self.assertEqual(seen, {("lab", None), ("lab", "here"), ("field", None)})

    def test_tokens_change_on_connections_that_stay(self):
        token = pathlib.Path(self.path) / "push.token"
        token.write_text("before")
        token.chmod(0o600)
        self.start([], listen=f'tokens = [ {{ file = "{token}" }} ]')
        connection = http.client.HTTPConnection("127.0.0.1", self.relay.port, timeout=20)

        def ask(shown):
            connection.request("GET", "/health", headers={"Authorization": f"Token {shown}"})
            answer = connection.getresponse()
            answer.read()
            return answer.status

        self.assertEqual(ask("before"), 200)
        mine = connection.sock.getsockname()
        token.write_text("after")
        self.assertTrue(self.reload(self.relay.config.read_text()))
        self.assertEqual([ask("before"), ask("after")], [401, 200])
        self.assertEqual(connection.sock.getsockname(), mine)
        connection.close()

    def test_an_address_that_the_old_one_is_in_the_way_of_is_said_to_take_a_restart(self):
        self.start([])
        here = f'address = "127.0.0.1:{self.relay.port}"'
        everywhere = f'address = "0.0.0.0:{self.relay.port}"\nopen = true'
        self.assertFalse(self.reload(self.relay.config.read_text().replace(here, everywhere)))
        harness.wait_for("the log to say so", lambda: (
            f"this relay itself listens on 127.0.0.1:{self.relay.port}" in self.relay.log()
            and "takes a restart" in self.relay.log()))

    def test_lines_that_are_sent_again_get_the_tags_in_force(self):
        self.start([])
        good = self.relay.config.read_text()
        self.assertEqual(self.relay.write(f"again v= {time.time_ns()}\n")[0], 400)
        self.assertTrue(self.reload(good + '[tags]\nsite = "here"\n'))
        control = socket.socket(socket.AF_UNIX)
        control.connect(str(self.relay.journal / "control"))
        control.sendall(json.dumps({"command": "push", "cluster": "lab", "bucket": "proxmox",
                                    "tenant": "", "text": "again v=1 1755785270000000000\n"})
                        .encode() + b"\n")
        answer = json.loads(control.makefile().readline())
        control.close()
        self.assertEqual((answer["ok"], answer["accepted"]), (True, 1))
        listed = subprocess.run([harness.RELAY, "journal", "cat", "--config", self.relay.config],
                                capture_output=True, text=True, timeout=60, check=True).stdout
        self.assertEqual(listed, "again,cluster=lab,site=here v=1 1755785270000000000\n")

    def test_what_waits_for_a_restart_is_named(self):
        self.start([])
        good = self.relay.config.read_text()
        self.assertTrue(self.reload(good.replace("[journal]", '[journal]\nmax_age = "36h"')))
        harness.wait_for("the log to say so", lambda:
                         "journal.max_age keeps its old value until the relay is restarted"
                         in self.relay.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
