"""HTTPS as Proxmox would meet it: certificates of an authority of one's own, renewed on SIGHUP, and
what the operator is told where they cannot be used."""

import http.client
import signal
import ssl
import subprocess
import time
import unittest

import harness

LINE = "system,object=nodes,host=pve{0} uptime={0}\n"


class Authority:
    """Certificates by the openssl command."""

    def __init__(self, directory, name):
        self.directory, self.name = directory, name
        self.key, self.certificate = directory / f"{name}.key", directory / f"{name}.pem"
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-days", "1", "-subj", f"/CN={name}", "-keyout", self.key,
                     "-out", self.certificate)

    @staticmethod
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)

    def issue(self, name, certificate, key, serial):
        request, names = self.directory / "request", self.directory / "names"
        names.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                     "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                     "-set_serial", serial, "-days", "1", "-extfile", names, "-out", certificate)
        key.chmod(0o600)


class Tls(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.authority = Authority(self.path, "authority")
        self.certificate, self.key = self.path / "listen.pem", self.path / "listen.key"
        self.authority.issue("first", self.certificate, self.key, 11)
        tls = f'tls = {{ certificate = "{self.certificate}", key = "{self.key}" }}'
        self.relay = harness.Relay(self.path, [], listen=tls).start()

    def tearDown(self):
        self.relay.stop()

    def connect(self, authority=None):
        context = ssl.create_default_context(cafile=(authority or self.authority).certificate)
        return http.client.HTTPSConnection("127.0.0.1", self.relay.port, timeout=10,
                                           context=context)

    def push(self, connection, number):
        connection.request("POST", "/api/v2/write?org=o&bucket=b", LINE.format(number))
        answer = connection.getresponse()
        answer.read()
        return answer.status

    def serial(self):
        connection = self.connect()
        connection.connect()
        try:
            return int(connection.sock.getpeercert()["serialNumber"], 16)
        finally:
            connection.close()

    def reload(self):
        before = self.relay.status()["config"]["count"]
        self.relay.child.send_signal(signal.SIGHUP)
        harness.wait_for("the reload", lambda: self.relay.status()["config"]["count"] > before, 20)
        return self.relay.status()["config"]["successful"]

    def test_a_push_arrives_and_a_renewed_certificate_cuts_nobody(self):
        kept = self.connect()
        self.assertEqual(self.push(kept, 1), 204)
        self.assertEqual(self.serial(), 11)

        self.authority.issue("second", self.certificate, self.key, 12)
        self.assertTrue(self.reload())

        self.assertEqual(self.serial(), 12)
        self.assertEqual(self.push(kept, 2), 204)
        kept.close()

    def test_files_that_do_not_fit_keep_the_certificate_before_and_are_told(self):
        self.authority.issue("second", self.certificate, self.path / "other.key", 12)

        self.assertFalse(self.reload())

        self.assertEqual(self.serial(), 11)
        self.assertIn("`key` is not the key of `certificate`", self.relay.log())
        check = subprocess.run([harness.RELAY, "check", "--config", self.relay.config],
                               capture_output=True, text=True)
        self.assertEqual(check.returncode, 78)
        self.assertIn(f"{self.relay.config}:4:", check.stderr)
        self.assertNotIn("PRIVATE", self.relay.log() + check.stdout + check.stderr)

    def test_who_does_not_trust_us_or_speaks_http_is_counted_and_told_in_the_log(self):
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.connect(Authority(self.path, "another")).connect()
        status, _, body = harness.http("GET", self.relay.url + "/health")
        self.assertEqual(status, 400)
        self.assertIn(b"HTTPS", body)

        failures = f'pverelay_http_tls_failures_total{{listener="127.0.0.1:{self.relay.port}"'
        harness.wait_for("both to be counted", lambda: sum(
            value for name, value in self.relay.metrics().items()
            if name.startswith(failures)) == 2)
        self.assertIn("TLS did not begin", self.relay.log())

    def test_who_looks_into_the_journal_needs_no_certificate(self):
        connection = self.connect()
        self.push(connection, 1)
        connection.close()
        self.key.unlink()

        cat = subprocess.run([harness.RELAY, "journal", "cat", "--config", self.relay.config],
                             capture_output=True, text=True)

        self.assertEqual((cat.returncode, cat.stderr), (0, ""))
        self.assertIn("host=pve1", cat.stdout)

    def test_a_thousand_new_connections_are_served(self):
        began = time.monotonic()
        for number in range(1000):
            connection = self.connect()
            self.assertEqual(self.push(connection, number), 204)
            connection.close()
        print(f"1,000 pushes over connections of their own: {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    unittest.main()
