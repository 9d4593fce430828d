"""Names judged by promtool: those of the naming `proxmox`, and those of the relay's own page."""

import subprocess
import unittest

import harness


def judged(page):
    """(exit code, complaints)"""
    done = subprocess.run([harness.STORES / "promtool", "check", "metrics"], input=page,
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


class Naming(unittest.TestCase):
    def test_promtool_finds_no_fault_with_any_name(self):
        made = subprocess.run([harness.SUPPORT / "write_naming", "exposition"],
                              capture_output=True, timeout=60, check=True)
        self.assertGreater(made.stdout.count(b"# TYPE proxmox_"), 150)
        self.assertEqual(judged(made.stdout), (0, ""))

    def test_promtool_finds_no_fault_with_the_relays_own_page(self):
        directory = harness.TemporaryDirectory()
        nowhere = f"http://127.0.0.1:{harness.free_port()}"
        relay = harness.Relay(directory.path, [
            harness.influxdb_sink(nowhere), harness.prometheus_sink(nowhere)], udp=True).start()
        try:
            harness.simulate(relay.url, "--nodes", 2, "--guests", 5, "--cycles", 1)
            relay.write("this is no line\n")
            _, _, page = harness.http("GET", relay.admin + "/metrics")
        finally:
            relay.stop()
        self.assertGreater(page.count(b"# TYPE pverelay_"), 50)
        self.assertEqual(judged(page), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
