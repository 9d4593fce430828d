"""The simulated Proxmox API over the wire: TLS, keep-alive, the token, slow answers that block
nobody, and an access log that can be believed."""

import concurrent.futures
import gzip
import http.client
import json
import pathlib
import ssl
import time
import unittest

from harness import TemporaryDirectory, http as ask, wait_for
from simulated_api import Authority, SimulatedApi


class SimulatedApiTest(unittest.TestCase):
    def setUp(self):
        self.directory = TemporaryDirectory()
        self.addCleanup(self.directory.remove)

    def started(self, **options):
        api = SimulatedApi(self.directory.path, **options).start()
        self.addCleanup(api.kill)
        self.token = {"Authorization": f"PVEAPIToken={api.token_id}={api.token}"}
        return api

    def test_nodes_speak_tls_with_the_certificates_that_they_tell_of(self):
        api = self.started(nodes=2, guests=3)
        trust = ssl.create_default_context(cafile=api.ca)
        for node, port in api.ports.items():
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=trust, timeout=30)
            connection.request("GET", "/api2/json/nodes", headers=self.token)
            nodes = {n["node"]: n for n in json.loads(connection.getresponse().read())["data"]}
            self.assertEqual(nodes[node]["ssl_fingerprint"], api.fingerprints[node])
            # And the connection goes on.
            connection.request("GET", "/api2/json/cluster/status", headers=self.token)
            status = json.loads(connection.getresponse().read())["data"]
            self.assertEqual([n["name"] for n in status if n.get("local")], [node])
            connection.close()

    def test_an_expired_authority_is_not_trusted(self):
        authority = Authority(self.directory.path, days=-1)
        api = self.started(nodes=1, guests=1, authority=authority)
        trust = ssl.create_default_context(cafile=api.ca)
        connection = http.client.HTTPSConnection("127.0.0.1", api.ports["pve1"], context=trust)
        with self.assertRaises(ssl.SSLCertVerificationError) as refused:
            connection.request("GET", "/api2/json/version", headers=self.token)
        self.assertIn("expired", str(refused.exception))

    def test_long_bodies_are_compressed_where_that_is_asked_for(self):
        api = self.started(nodes=1, guests=20, tls=False)
        url = api.urls[0] + "/api2/json/cluster/resources"
        _, headers, plain = ask("GET", url, headers=self.token)
        self.assertIsNone(headers["Content-Encoding"])
        _, headers, body = ask("GET", url, headers={**self.token, "Accept-Encoding": "gzip"})
        self.assertEqual(headers["Content-Encoding"], "gzip")
        self.assertLess(len(body), len(plain) / 2)
        self.assertEqual(len(json.loads(gzip.decompress(body))["data"]),
                         len(json.loads(plain)["data"]))

    def test_a_wrong_token_waits_and_nobody_waits_with_it(self):
        api = self.started(nodes=1, guests=1, tls=False)
        url = api.urls[0] + "/api2/json/version"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            begin = time.monotonic()
            wrong = pool.submit(ask, "GET", url, None, {"Authorization": "PVEAPIToken=a@pve!b=c"})
            wait_for("the wrong one to be under way", lambda: len(api.accesses()) == 1)
            status, _, _ = ask("GET", url, headers=self.token)
            self.assertEqual(status, 200)
            self.assertLess(time.monotonic() - begin, 2.5)
            status, headers, body = wrong.result()
            self.assertEqual((status, body, headers["Connection"]), (401, b"", "close"))
            self.assertGreaterEqual(time.monotonic() - begin, 2.9)
        self.assertEqual([a["concurrent"] for a in api.accesses()], [1, 2])

    def test_whatever_is_not_get_is_refused_and_noted(self):
        api = self.started(nodes=1, guests=1, tls=False)
        url = api.urls[0] + "/api2/json/access/ticket"
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            body = b"username=root" if method in ("POST", "PUT") else None
            status, _, _ = ask(method, url, body, self.token)
            self.assertEqual(status, 501)
        self.assertEqual([a["method"] for a in api.accesses() if a.get("forbidden")],
                         ["POST", "PUT", "DELETE", "HEAD"])

    def test_a_scenario_happens_in_pushes_and_answers_alike(self):
        record = pathlib.Path(self.directory.path) / "pushed"
        api = self.started(nodes=2, guests=4, tls=False, interval="1s",
                           to="udp://127.0.0.1:9", arguments=("--record", record),
                           scenario="at 3 migrate 102 pve2\nat 3 rename 102 moved\n")

        def guest():
            _, _, body = ask("GET", api.urls[0] + "/api2/json/cluster/resources?type=vm",
                             headers=self.token)
            return next(g for g in json.loads(body)["data"] if g["vmid"] == 102)

        self.assertEqual(guest()["node"], "pve1")
        wait_for("the API to tell", lambda: guest()["node"] == "pve2", 20)
        self.assertEqual(guest()["name"], "moved")
        wait_for("the push to tell", lambda: "vmid=102,nodename=pve2,host=moved" in
                 record.read_text(), 20)
        self.assertIn("vmid=102,nodename=pve1", record.read_text())

    def test_a_node_that_is_off_says_nothing(self):
        api = self.started(nodes=2, guests=1, tls=False, scenario="at 0 offline pve2\n")
        with self.assertRaises(OSError):
            ask("GET", api.urls[1] + "/api2/json/version", headers=self.token)
        status, _, _ = ask("GET", api.urls[0] + "/api2/json/nodes/pve2/status", headers=self.token)
        self.assertEqual(status, 595)
        self.assertEqual([a["status"] for a in api.accesses()], [0, 595])

    def test_it_starts_again_at_the_same_addresses(self):
        api = self.started(nodes=2, guests=1)
        trust = ssl.create_default_context(cafile=api.ca)
        urls = list(api.urls)
        self.assertEqual(api.stop(), 0)
        api.start()
        self.assertEqual(api.urls, urls)
        connection = http.client.HTTPSConnection("127.0.0.1", api.ports["pve2"], context=trust)
        connection.request("GET", "/api2/json/version", headers=self.token)
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()


if __name__ == "__main__":
    unittest.main()
