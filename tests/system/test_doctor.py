"""Doctor: all well with a running relay and real stores, and for each fault the one line that says
what to do. No secret is printed, nothing is left behind."""

import json
import subprocess
import unittest

import harness


class Doctor(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        for name in ("push", "store"):
            token = self.path / f"{name}.token"
            token.write_text(f"planted-secret-{name}\n")
            token.chmod(0o600)
        self.auth = f'auth = {{ token = {{ file = "{self.path}/store.token" }} }}'

    def relay(self, sinks, **options):
        return harness.Relay(self.path, sinks, udp=True,
                             listen=f'tokens = [ {{ file = "{self.path}/push.token" }} ]', **options)

    def ask(self, relay, *arguments):
        done = subprocess.run([str(harness.RELAY), "doctor", "--json", "--config",
                               str(relay.config), *arguments],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertNotIn("planted-secret", done.stdout + done.stderr)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode == 0, all(one["ok"] for one in found))
        return found

    def to_do(self, found):
        # What a test machine's kernel and disk are like is not what is tested here.
        return [one for one in found
                if not one["ok"] and not one["what"].startswith(("listen udp", "journal"))]

    def only_to_do(self, found, what):
        left = self.to_do(found)
        self.assertEqual([one["what"] for one in left], [what], left)
        return left[0]["words"]

    def test_all_is_well_and_a_point_comes_back(self):
        victoria = harness.VictoriaMetrics(self.path).start()
        prometheus = harness.Prometheus(self.path, out_of_order="7d").start()
        relay = self.relay([harness.influxdb_sink(victoria.url, extra=self.auth),
                            harness.prometheus_sink(prometheus.url)]).start()
        before = relay.metrics()['pverelay_journal_records_total']
        found = self.ask(relay, "--write")
        self.assertEqual(self.to_do(found), [])
        words = {one["what"] + ": " + one["words"] for one in found}
        self.assertIn("sink prometheus: a point was written and read back", words)
        self.assertIn("sink prometheus: an outage's hole is filled up to 1w back", words)
        self.assertEqual(relay.metrics()['pverelay_journal_records_total'], before)
        relay.stop()

    def test_looking_writes_nothing(self):
        victoria = harness.VictoriaMetrics(self.path).start()
        relay = self.relay([harness.prometheus_sink(victoria.url)]).start()
        self.assertEqual(self.to_do(self.ask(relay)), [])
        self.assertEqual(victoria.samples(), 0)
        relay.stop()

    def test_a_prometheus_without_a_window_is_told_what_to_set(self):
        relay = self.relay([harness.prometheus_sink(
            harness.Prometheus(self.path).start().url)]).start()
        self.assertIn("out_of_order_time_window: 7d",
                      self.only_to_do(self.ask(relay), "sink prometheus"))
        relay.stop()

    def test_a_prometheus_without_its_receiver_is_told_the_flag(self):
        store = harness.Prometheus(self.path, out_of_order="7d")
        store.arguments.remove("--web.enable-remote-write-receiver")
        relay = self.relay([harness.prometheus_sink(store.start().url)]).start()
        self.assertIn("--web.enable-remote-write-receiver",
                      self.only_to_do(self.ask(relay), "sink prometheus"))
        relay.stop()

    def test_a_dead_store_is_named(self):
        port = harness.free_port()
        relay = self.relay([harness.influxdb_sink(f"http://127.0.0.1:{port}")]).start()
        self.assertIn(f"127.0.0.1:{port}", self.only_to_do(self.ask(relay), "sink influx"))
        relay.stop()

    def test_a_missing_database_and_a_wrong_password_are_told_apart(self):
        store = harness.Influxd(self.path, user=("root", "right")).start()
        (self.path / "wrong").write_text("planted-secret-wrong\n")
        (self.path / "right").write_text("right\n")
        sink = (f'[[sink]]\nname = "influx"\ntype = "influxdb"\napi = "v1"\nurl = "{store.url}"\n'
                'database = "proxmox"\nauth = { user = "root", password = { file = "%s" } }\n')
        relay = self.relay([sink % (self.path / "wrong")]).start()
        self.assertIn("401", self.only_to_do(self.ask(relay), "sink influx"))
        text = relay.config.read_text()
        relay.config.write_text(text.replace(str(self.path / "wrong"), str(self.path / "right")))
        self.assertIn('there is no "proxmox"', self.only_to_do(self.ask(relay), "sink influx"))
        store.query('CREATE DATABASE "proxmox"')
        found = self.ask(relay, "--write")
        self.assertEqual(self.to_do(found), [])
        self.assertIn("a point was written and read back", [one["words"] for one in found])
        relay.stop()

    def test_a_relay_that_does_not_run_is_said(self):
        relay = self.relay([])
        found = {one["what"]: one for one in self.ask(relay)}
        self.assertFalse(found["relay"]["ok"])
        self.assertFalse(found[f"listen 127.0.0.1:{relay.port}"]["ok"])
        self.assertIn("closed", found[f"listen udp 127.0.0.1:{relay.udp_port}"]["words"])

    def test_a_relay_with_another_token_is_told_to_reload(self):
        relay = self.relay([]).start()
        (self.path / "push.token").write_text("planted-secret-new\n")
        self.assertIn("systemctl reload",
                      self.only_to_do(self.ask(relay), f"listen 127.0.0.1:{relay.port}"))
        relay.stop()

    def test_a_journal_that_is_not_there_is_said(self):
        relay = self.relay([])
        relay.journal.rmdir()
        found = {one["what"]: one for one in self.ask(relay)}
        self.assertIn("install -d", found[f"journal {relay.journal}"]["words"])

    def test_an_api_tells_its_rights_and_a_dead_one_is_named(self):
        port = harness.free_port()
        relay = self.relay([])
        relay.config.write_text(relay.config.read_text().replace(
            '[[cluster]]\nname = "lab"\n',
            f'[[cluster]]\nname = "lab"\n[cluster.api]\nnodes = ["http://127.0.0.1:{port}"]\n'
            f'token_id = "relay@pve!relay"\ntoken = {{ file = "{self.path}/api.token" }}\n'))
        token = self.path / "api.token"
        token.write_text("11111111-2222-4333-8444-555555555555\n")
        scenario = self.path / "rights"
        said = []
        for rights in ("/ PVEAuditor", "none", None):
            if rights:
                scenario.write_text(f"at 0 rights {rights}\n")
                api = harness.Process("api", [harness.RELAY, "simulate", "--nodes", "1", "--api",
                                              f"127.0.0.1:{port}", "--scenario", scenario],
                                      self.path).start()
                harness.wait_for("the API to listen", lambda: harness.http(
                    "GET", f"http://127.0.0.1:{port}/api2/json/version")[0] > 0)
            found = {one["what"]: one for one in self.ask(relay)}
            said.append(found[f"api of lab at http://127.0.0.1:{port}"])
            if rights == "none":
                token.write_text("planted-secret-api\n")
                found = {one["what"]: one for one in self.ask(relay)}
                refused = found[f"api of lab at http://127.0.0.1:{port}"]["words"]
                self.assertRegex(refused, "401.*pveum user token list")
            if rights:
                api.stop()
        self.assertEqual([one["ok"] for one in said], [True, False, False], said)
        self.assertIn("pveum acl modify / -user relay@pve -role PVEAuditor", said[1]["words"])
        self.assertIn("connect", said[2]["words"])

    def test_a_wrong_configuration_ends_with_78(self):
        relay = self.relay([])
        relay.config.write_text("nonsense = 1\n")
        done = subprocess.run([str(harness.RELAY), "doctor", "--config", str(relay.config)],
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 78)


if __name__ == "__main__":
    unittest.main(verbosity=2)
