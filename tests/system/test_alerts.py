"""The rules of conf/prometheus: sound, tested, explained, and about metrics that there are."""

import pathlib
import re
import subprocess
import unittest

import harness

CONF = harness.ROOT / "conf/prometheus"
OWN, PROXMOX = CONF / "pverelay-alerts.yml", CONF / "proxmox-alerts.yml"
RECORDING = CONF / "pverelay-recording.yml"


def tests_of(rules):
    return CONF / "tests" / f"{rules.stem}-test.yml"


def promtool(*arguments):
    done = subprocess.run([harness.STORES / "promtool", *arguments], cwd=CONF / "tests",
                          capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def alerts_of(rules):
    """{name: its text up to the next one}"""
    parts = re.split(r"^ +- alert: (\w+)\n", rules.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2]))


def expression_of(alert):
    return re.search(r"^ +expr: (.*?)^ +(?:for|labels):", alert, re.DOTALL | re.MULTILINE)[1]


def made_by_proxmox_naming():
    """The metrics that the naming `proxmox` has unless it is told otherwise."""
    page = subprocess.run([harness.SUPPORT / "write_naming", "exposition"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    return set(re.findall(r"^# TYPE (proxmox_\w+)", page, re.MULTILINE))


class Rules(unittest.TestCase):
    def test_rules_are_sound_and_fire_as_their_tests_say(self):
        for rules in (OWN, PROXMOX, RECORDING):
            for arguments in (["check", "rules", rules], ["test", "rules", tests_of(rules)]):
                code, output = promtool(*arguments)
                self.assertEqual(code, 0, output)

    def test_vmalert_takes_them_too(self):
        done = subprocess.run([harness.STORES / "vmalert", "-dryRun", f"-rule={CONF}/p*.yml"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_every_alert_fires_in_a_test_and_says_what_to_do(self):
        for rules in (OWN, PROXMOX):
            alerts = alerts_of(rules)
            self.assertGreater(len(alerts), 20)
            expected = re.findall(r"labels: '\{alertname=\"(\w+)\"|alertname: (\w+)\n",
                                  tests_of(rules).read_text())
            self.assertEqual(set(alerts) - {name for pair in expected for name in pair}, set())
            for name, text in alerts.items():
                self.assertRegex(text, r"severity: (page|ticket) ", name)
                self.assertRegex(text, r"summary: \"", name)
                self.assertRegex(text, r"description: >-\n", name)

    def test_what_is_well_has_all_that_the_alerts_look_at(self):
        """An alert does not fire there because all is well, not because there is nothing to see."""
        well = tests_of(PROXMOX).read_text().split("  - name: ")[1]
        for name, text in alerts_of(PROXMOX).items():
            for metric in re.findall(r"\bproxmox_\w+", expression_of(text)):
                if metric != "proxmox_ve_guest_ha_state":  # the other way of ProxmoxGuestDown
                    self.assertIn(metric + "{", well, name)

    def test_every_alert_on_the_relay_is_explained(self):
        operations = (harness.ROOT / "docs/operations.md").read_text()
        for alert in alerts_of(OWN):
            self.assertIn(f"`{alert}`", operations)

    def test_every_alert_on_proxmox_is_listed(self):
        readme = (CONF / "README.md").read_text()
        for alert in alerts_of(PROXMOX):
            self.assertIn(f"`{alert}`", readme)

    def test_every_metric_of_the_relays_rules_is_exported(self):
        path = pathlib.Path(harness.TemporaryDirectory().path)
        sink = harness.influxdb_sink(f"http://127.0.0.1:{harness.free_port()}")
        relay = harness.Relay(path, [sink], udp=True).start()
        try:
            _, _, page = harness.http("GET", relay.admin + "/metrics")
        finally:
            relay.stop()
        exported = set(re.findall(r"^# TYPE (\w+)", page.decode(), re.MULTILINE))
        wanted = {re.sub("_(bucket|count)$", "", name)
                  for name in re.findall(r"\bpverelay_\w+", OWN.read_text())}
        self.assertGreater(len(wanted), 10)
        self.assertEqual(wanted - exported, set())

    def test_every_metric_of_the_rules_on_proxmox_is_made(self):
        made = made_by_proxmox_naming()
        self.assertGreater(len(made), 150)
        for rules in (PROXMOX, RECORDING):
            wanted = set(re.findall(r"\bproxmox_\w+", rules.read_text()))
            self.assertGreater(len(wanted), 10)
            self.assertEqual(wanted - made, set())

    def test_what_alerts_take_from_recording_rules_is_recorded(self):
        recorded = set(re.findall(r"- record: (\S+)", RECORDING.read_text()))
        taken = set(re.findall(r"\b(?:node|vm|storage|cluster):\w+:\w+", PROXMOX.read_text()))
        self.assertGreater(len(taken), 4)
        self.assertEqual(taken - recorded, set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
