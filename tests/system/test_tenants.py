"""Tenants: one push of a node, and the lines of each tenant's guests in the bucket of theirs."""

import collections
import gzip
import signal
import socket
import time
import unittest

import harness
import recorder

TENANTS = """
[[tenant]]
name = "team-a"
vmid = ["100-199"]
[[tenant]]
name = "team-b"
vmid = ["200-299"]
"""


class Buckets(recorder.Recorder):
    """A store that takes everything, and knows which bucket and which tenant's header it was for."""

    def __init__(self):
        super().__init__("http://127.0.0.1:1")
        self.lines = collections.defaultdict(list)  # by bucket
        self.organisations = set()

    def _pass_on(self, method, path, headers, body):
        self.organisations.add(headers.get("X-Scope-OrgID"))
        if headers.get("Content-Encoding") == "gzip" and body:
            bucket = path.split("bucket=")[1].split("&")[0]
            self.lines[bucket] += gzip.decompress(body).decode().splitlines()
        return 204, [], b""


def line(vmid, value):
    return (f"system,object=qemu,vmid={vmid},nodename=pve1,host=vm{vmid} "
            f"n={value} {time.time_ns()}\n")


def node_line(value):
    return f"system,object=nodes,host=pve1 n={value} {time.time_ns()}\n"


class Tenants(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.store = Buckets()
        by_tenant = harness.influxdb_sink(self.store.url, "teams").replace(
            'bucket = "proxmox"', 'bucket = "{tenant}"')
        rest = harness.influxdb_sink(self.store.url, "rest").replace(
            'bucket = "proxmox"', 'bucket = "ours"') + 'only = { tenant = [""] }\n'
        self.assertIn("{tenant}", by_tenant)
        header = harness.prometheus_sink(self.store.url, "header") \
            + 'headers = { X-Scope-OrgID = "{tenant}" }\n'
        self.relay = harness.Relay(self.path, [by_tenant, rest, header], extra=TENANTS,
                                   udp=True).start()

    def tearDown(self):
        self.relay.stop()
        self.store.stop()

    def values(self):
        """What each bucket got: the field n of its lines, sorted."""
        return {bucket: sorted(float(one.split(" n=")[1].split(" ")[0]) for one in lines)
                for bucket, lines in self.store.lines.items()}

    def wait_for(self, wanted):
        try:
            harness.wait_for("the lines", lambda: self.values() == wanted, 30)
        except AssertionError:
            self.assertEqual(self.values(), wanted, self.relay.log())

    def test_each_bucket_gets_its_tenants_lines_of_one_push(self):
        body = line(100, 1) + line(200, 2) + "not a line\n" + node_line(3) + line(300, 4) \
            + line(199, 5)
        status, headers, _ = self.relay.write(body)
        self.assertEqual(status, 204)
        self.assertEqual(headers["X-Relay-Rejected"], "1")
        self.assertEqual(headers.get("X-Relay-Durable"), None)

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto((line(299, 6) + node_line(7) + line(150, 8)).encode(),
                          ("127.0.0.1", self.relay.udp_port))
        self.wait_for({"team-a": [1, 5, 8], "team-b": [2, 6], "ours": [3, 4, 7]})
        harness.wait_for("both tenants' headers",
                         lambda: {"team-a", "team-b"} <= self.store.organisations)
        self.assertNotIn("", self.store.organisations)

    def test_another_configuration_is_for_new_lines_alone(self):
        self.assertEqual(self.relay.write(line(100, 1))[0], 204)
        self.wait_for({"team-a": [1]})
        before = self.relay.status()["config"]["count"]
        self.relay.config.write_text(
            self.relay.config.read_text().replace("100-199", "1000-1999").replace(
                "200-299", "100-299"))
        self.relay.child.send_signal(signal.SIGHUP)
        harness.wait_for("the reload", lambda: self.relay.status()["config"]["count"] > before, 20)
        self.assertEqual(self.relay.write(line(100, 2))[0], 204)
        self.wait_for({"team-a": [1], "team-b": [2]})


if __name__ == "__main__":
    unittest.main()
