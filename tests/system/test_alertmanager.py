"""The example for Alertmanager: who is told of what, and what silences what, by a real one."""

import json
import subprocess
import unittest

from harness import (ROOT, STORES, Process, TemporaryDirectory, free_port, get_json, http, wait_for)

EXAMPLE = ROOT / "conf/prometheus/alertmanager.yml"


def amtool(*arguments):
    done = subprocess.run([STORES / "amtool", *arguments], capture_output=True, text=True,
                          timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


class Alertmanager(Process):
    """Debian's looks for its templates in /usr/share: it is given that of its package, in a mount
    namespace of its own."""

    def __init__(self, directory):
        self.url = f"http://127.0.0.1:{free_port()}"
        config = directory / "alertmanager.yml"
        # What it sends goes nowhere.
        config.write_text(EXAMPLE.read_text().replace("mail.example.org:587",
                                                      f"127.0.0.1:{free_port()}"))
        share = STORES.parent / "root/usr/share"
        super().__init__("alertmanager", [
            "unshare", "--map-root-user", "--mount", "sh", "-c",
            'mount --bind "$0" /usr/share && exec "$@"', share,
            STORES / "prometheus-alertmanager", f"--config.file={config}",
            f"--storage.path={directory / 'alertmanager'}", "--cluster.listen-address=",
            f"--web.listen-address={self.url.removeprefix('http://')}"], directory)

    def start(self):
        super().start()
        try:
            wait_for("alertmanager to be ready or to end", lambda: not self.is_running() or
                     http("GET", self.url + "/-/ready")[0] == 200)
            if not self.is_running():
                raise AssertionError(f"alertmanager ended with {self.child.returncode}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        return self

    def told_of(self, *alerts):
        """Those of the alerts, ({label: value} …), that it does not silence."""
        body = json.dumps([{"labels": labels} for labels in alerts]).encode()
        status, _, said = http("POST", self.url + "/api/v2/alerts", body,
                               {"Content-Type": "application/json"})
        if status != 200:
            raise ValueError(f"{status} {said!r}")
        known = wait_for("all alerts", lambda: len(self.known()) >= len(alerts) and self.known())
        return [alert["labels"] for alert in known if alert["status"]["state"] != "suppressed"]

    def known(self):
        return get_json(self.url + "/api/v2/alerts")


def alert(name, **labels):
    return {"alertname": name, "cluster": "lab", **labels}


class AlertmanagerTest(unittest.TestCase):
    def assert_told(self, told, silenced):
        directory = TemporaryDirectory()
        self.addCleanup(directory.remove)
        manager = Alertmanager(directory.path)
        self.addCleanup(manager.kill)
        seen = manager.start().told_of(*told, *silenced)
        self.assertCountEqual(seen, told)

    def test_the_example_is_sound(self):
        code, output = amtool("check-config", EXAMPLE)
        self.assertEqual(code, 0, output)
        self.assertIn("5 inhibit rules", output)

    def test_pages_and_tickets_go_their_ways(self):
        for severity, receiver in (("page", "pages"), ("ticket", "tickets")):
            code, output = amtool("config", "routes", "test", f"--config.file={EXAMPLE}",
                                  f"--verify.receivers={receiver}", f"severity={severity}")
            self.assertEqual(code, 0, output)

    def test_a_node_that_is_down_silences_what_is_on_it(self):
        self.assert_told(
            [alert("ProxmoxNodeDown", node="pve1"), alert("ProxmoxGuestDown", node="pve2"),
             alert("ProxmoxStorageFull", storage="ceph")],
            [alert("ProxmoxGuestDown", node="pve1", vmid="100"),
             alert("ProxmoxStorageGone", node="pve1", storage="local"),
             alert("ProxmoxZfsDegraded", node="pve1", device="tank")])

    def test_a_cluster_that_is_down_silences_the_rest_of_it_and_no_other(self):
        self.assert_told(
            [alert("ProxmoxClusterDown"),
             {"alertname": "ProxmoxNodeDown", "cluster": "other", "node": "pve1"}],
            [alert("ProxmoxNodeDown", node="pve1"), alert("ProxmoxQuorumLost"),
             alert("ProxmoxGuestDown", node="pve1")])

    def test_without_a_quorum_the_nodes_are_told_and_the_guests_are_not(self):
        self.assert_told(
            [alert("ProxmoxQuorumLost"), alert("ProxmoxNodeDown", node="pve2")],
            [alert("ProxmoxGuestDown", node="pve1"), alert("ProxmoxHaServiceError", node="pve1"),
             alert("ProxmoxCephUnhealthy")])

    def test_a_storage_that_is_full_is_not_said_to_fill(self):
        self.assert_told(
            [alert("ProxmoxStorageFull", node="pve1", storage="local"),
             alert("ProxmoxStorageFull", storage="ceph"),
             alert("ProxmoxStorageFilling", node="pve2", storage="local")],
            [alert("ProxmoxStorageFullSoon", node="pve1", storage="local"),
             alert("ProxmoxStorageFullSoon", storage="ceph")])

    def test_a_relay_that_is_down_says_why_nothing_is_known(self):
        self.assert_told([{"alertname": "PverelayDown", "instance": "r"}],
                         [alert("ProxmoxClusterUnknown")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
