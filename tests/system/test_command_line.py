"""What a person meets on the first day: a typing mistake, a second start, Ctrl-C, a dead store."""

import os
import signal
import stat
import subprocess
import unittest

import harness


def pverelay(*arguments, **options):
    return subprocess.run([str(harness.RELAY), *[str(a) for a in arguments]], capture_output=True,
                          text=True, timeout=60, check=False, **options)


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.config = self.path / "pverelay.toml"

    def relay(self, sinks=None, **options):
        if sinks is None:
            sinks = [harness.influxdb_sink("http://127.0.0.1:9")]
        return harness.Relay(self.path, sinks, **options)

    def test_version_says_what_it_is(self):
        done = pverelay("version")
        self.assertEqual(done.returncode, 0)
        self.assertIn("pverelay", done.stdout)

    def test_an_unknown_command_is_named_and_the_nearest_one_told(self):
        for words, meant in ((["chekc"], "`pverelay check`"), (["journal", "ct"], "`pverelay journal cat`"),
                             (["foo"], "there are run, check, doctor,")):
            done = pverelay(*words)
            self.assertEqual(done.returncode, 64)
            self.assertIn(f'"{words[-1]}"', done.stderr)
            self.assertIn(meant, done.stderr)

    def test_check_prints_what_is_in_force_and_no_secret(self):
        token = self.path / "influx.token"
        token.write_text("planted-secret-1\n")
        token.chmod(0o600)
        relay = self.relay([harness.influxdb_sink(
            "http://127.0.0.1:9", extra=f'auth = {{ token = {{ file = "{token}" }} }}')])
        done = pverelay("check", "--config", relay.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("influx", done.stdout)
        self.assertNotIn("planted-secret-1", done.stdout + done.stderr)

    def test_a_misspelt_key_is_named_with_its_place_and_the_right_spelling(self):
        relay = self.relay()
        relay.config.write_text(relay.config.read_text().replace("directory =", "directry ="))
        for command in ("check", "run"):
            done = pverelay(command, "--config", relay.config)
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertRegex(done.stderr, r"pverelay\.toml:\d+:\d+")
            self.assertIn("directry", done.stderr)
            self.assertIn("directory", done.stderr)

    def test_a_missing_secret_is_an_error_before_anything_starts(self):
        relay = self.relay([harness.influxdb_sink(
            "http://127.0.0.1:9", extra='auth = { token = { file = "/nonexistent/token" } }')])
        done = pverelay("check", "--config", relay.config)
        self.assertEqual(done.returncode, 78)
        self.assertIn("/nonexistent/token", done.stderr)

    def test_a_missing_config_is_said_plainly(self):
        done = pverelay("run", "--config", self.path / "none.toml")
        self.assertEqual(done.returncode, 78)
        self.assertIn("none.toml", done.stderr)

    def test_a_wildcard_address_that_is_open_by_accident_is_refused(self):
        relay = self.relay()
        relay.config.write_text(relay.config.read_text().replace(
            f"127.0.0.1:{relay.port}", f"0.0.0.0:{relay.port}"))
        done = pverelay("check", "--config", relay.config)
        self.assertEqual(done.returncode, 78)
        self.assertIn("tokens", done.stderr)

    def test_a_second_relay_on_one_journal_is_refused(self):
        first = self.relay().start()
        second = self.relay(name="second")
        second.config.write_text(second.config.read_text().replace(
            str(second.journal), str(first.journal)))
        done = pverelay("run", "--config", second.config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(first.journal), done.stderr)
        self.assertTrue(first.is_ready())
        first.stop()

    def test_a_taken_port_is_said_plainly(self):
        first = self.relay().start()
        second = self.relay(name="second")
        second.config.write_text(second.config.read_text().replace(
            f"127.0.0.1:{second.port}", f"127.0.0.1:{first.port}"))
        done = pverelay("run", "--config", second.config)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(str(first.port), done.stderr)
        first.stop()

    def test_ctrl_c_ends_it_in_time_with_a_dead_store(self):
        relay = self.relay().start()
        self.assertEqual(relay.write("m,a=b f=1 1755785270000000000\n")[0], 204)
        relay.child.send_signal(signal.SIGINT)
        self.assertEqual(relay.child.wait(10), 0)

    def test_a_sealed_segment_is_read_by_zcat(self):
        relay = self.relay().start()
        relay.write("m,a=b f=1 1755785270000000000\n")
        relay.stop()
        segments = sorted(relay.journal.glob("*.lp.gz"))
        self.assertTrue(segments)
        text = subprocess.run(["zcat", *segments], capture_output=True, check=True).stdout.decode()
        self.assertEqual(text, "m,a=b,cluster=lab f=1 1755785270000000000\n")

    def test_the_journal_is_for_its_owner_alone(self):
        relay = self.relay().start()
        relay.write("m,a=b f=1 1755785270000000000\n")
        for file in relay.journal.iterdir():
            self.assertEqual(stat.S_IMODE(os.stat(file).st_mode) & 0o077, 0, file)
        relay.stop()

    def test_a_dead_store_is_said_in_status_and_metrics(self):
        relay = self.relay().start()
        relay.write("m,a=b f=1 1755785270000000000\n")
        sink = harness.wait_for("the sink to say that its store is down", lambda: [
            s for s in relay.status()["sinks"] if s["last_error"]])[0]
        self.assertEqual(sink["name"], "influx")
        harness.wait_for("what waits for it", lambda: relay.status()["sinks"][0]["behind_bytes"] > 0)
        self.assertTrue(any(name.startswith("pverelay_sink") and 'sink="influx"' in name
                            for name in relay.metrics()))
        relay.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
