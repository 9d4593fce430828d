"""The alert rules: they fire when they should, and speak of metrics that there are."""

import pathlib
import re
import subprocess
import unittest

import harness

RULES = harness.ROOT / "conf/prometheus/pverelay-alerts.yml"
TESTS = harness.ROOT / "conf/prometheus/tests/pverelay-alerts-test.yml"


def promtool(*arguments):
    done = subprocess.run([harness.STORES / "promtool", *arguments], cwd=TESTS.parent,
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


class Alerts(unittest.TestCase):
    def test_rules_are_sound_and_fire_as_their_tests_say(self):
        for arguments in (["check", "rules", RULES], ["test", "rules", TESTS]):
            code, output = promtool(*arguments)
            self.assertEqual(code, 0, output)

    def test_every_alert_is_tested_and_explained(self):
        operations = (harness.ROOT / "docs/operations.md").read_text()
        alerts = re.findall(r"alert: (\w+)", RULES.read_text())
        self.assertGreater(len(alerts), 10)
        for alert in alerts:
            self.assertIn(alert, TESTS.read_text())
            self.assertIn(f"`{alert}`", operations)

    def test_every_metric_of_the_rules_is_exported(self):
        path = pathlib.Path(harness.TemporaryDirectory().path)
        sink = harness.influxdb_sink(f"http://127.0.0.1:{harness.free_port()}")
        relay = harness.Relay(path, [sink], udp=True).start()
        try:
            _, _, page = harness.http("GET", relay.admin + "/metrics")
        finally:
            relay.stop()
        exported = set(re.findall(r"^# TYPE (\w+)", page.decode(), re.MULTILINE))
        wanted = {re.sub("_(bucket|count)$", "", name)
                  for name in re.findall(r"\bpverelay_\w+", RULES.read_text())}
        self.assertGreater(len(wanted), 10)
        self.assertEqual(wanted - exported, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
