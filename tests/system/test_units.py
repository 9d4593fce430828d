"""The units: systemd understands them, and they never give up a port."""

import pathlib
import re
import subprocess
import unittest

import harness

UNITS = harness.ROOT / "systemd"


def settings(unit):
    return re.findall(r"^(\w+)=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)


class Units(unittest.TestCase):
    def test_systemd_finds_nothing_wrong(self):
        path = pathlib.Path(harness.TemporaryDirectory().path)
        for unit in ("pverelay.service", "pverelay.socket"):
            text = (UNITS / unit).read_text().replace("/usr/bin/pverelay", str(harness.RELAY))
            (path / unit).write_text(text)
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", path / "pverelay.socket",
                               path / "pverelay.service"],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_the_ports_are_never_given_up(self):
        socket, service = settings("pverelay.socket"), settings("pverelay.service")
        self.assertIn(("TriggerLimitIntervalSec", "0"), socket)
        for unit in (socket, service):
            self.assertIn(("StartLimitIntervalSec", "0"), unit)
        # A condition that fails, or a service that stays down, would spin with the trigger's limit
        # off: every datagram that waits starts it again.
        def conditions(unit):
            return [one for one in unit if one[0].startswith(("Condition", "Assert"))]
        self.assertEqual(conditions(socket), conditions(service))
        self.assertIn(("Restart", "always"), service)
        self.assertNotIn("RestartPreventExitStatus", dict(service))

    def test_the_ports_are_the_defaults_of_the_configuration(self):
        socket = dict(settings("pverelay.socket"))
        reference = (harness.ROOT / "conf/pverelay.toml").read_text()
        self.assertIn(f'address = "[::]:{socket["ListenStream"]}"', reference)
        self.assertIn(f'address = "[::]:{socket["ListenDatagram"]}"', reference)
        self.assertEqual(socket["BindIPv6Only"], "both")


if __name__ == "__main__":
    unittest.main(verbosity=2)
