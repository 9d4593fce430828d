"""The names of the naming `proxmox`, judged by promtool."""

import subprocess
import unittest

import harness


class Naming(unittest.TestCase):
    def test_promtool_finds_no_fault_with_any_name(self):
        made = subprocess.run([harness.SUPPORT / "write_naming", "exposition"],
                              capture_output=True, timeout=60, check=True)
        self.assertGreater(made.stdout.count(b"# TYPE proxmox_"), 150)
        judged = subprocess.run([harness.STORES / "promtool", "check", "metrics"],
                                input=made.stdout, capture_output=True, timeout=60, check=False)
        self.assertEqual((judged.returncode, judged.stderr.decode()), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
