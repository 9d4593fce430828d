"""Malformed and hostile input gets its answer and harms no neighbour."""

import gzip
import json
import os
import random
import socket
import threading
import time
import unittest

import harness

GOOD = "system,object=nodes,host=pve1 uptime=5 1755785270000000000\n"


def raw(port, data, seconds=15.0):
    """Sends bytes as they are and returns all that comes back until the peer closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as peer:
        try:
            peer.sendall(data)
        except OSError:
            pass  # refused while still sending: the answer counts
        received = b""
        try:
            while chunk := peer.recv(65536):
                received += chunk
        except OSError:
            pass
        return received


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        path = harness.TemporaryDirectory().path
        cls.token = path / "push.token"
        cls.token.write_text("mytoken123==\n")
        cls.token.chmod(0o600)
        cls.store = harness.VictoriaMetrics(path).start()
        cls.relay = harness.Relay(
            path, [harness.influxdb_sink(cls.store.url)], udp=True,
            listen=f'tokens = [ {{ file = "{cls.token}" }} ]').start()

    @classmethod
    def tearDownClass(cls):
        cls.relay.stop()
        cls.store.stop()

    def tearDown(self):
        # Whatever a test did: the relay lives, is ready and takes a good line at once.
        before = time.monotonic()
        self.assertEqual(self.write(GOOD)[0], 204)
        self.assertLess(time.monotonic() - before, 1.0)
        self.assertTrue(self.relay.is_ready())
        self.assertLess(self.relay.memory_kib(), 160 * 1024)

    def write(self, body, headers=None, query="org=proxmox&bucket=proxmox"):
        return self.relay.write(body, {"Authorization": "Token mytoken123==", **(headers or {})},
                                query)

    def test_proxmox_own_bytes_are_answered_204(self):
        body = GOOD.encode()
        answer = raw(self.relay.port, (
            b"POST /api/v2/write?org=org1&bucket=pve HTTP/1.1\r\nTE: deflate,gzip;q=0.3\r\n"
            b"Connection: TE, close\r\nAuthorization: Token mytoken123==\r\nHost: 127.0.0.1\r\n"
            b"User-Agent: libwww-perl/6.68\r\nContent-Length: %d\r\n\r\n" % len(body)) + body)
        self.assertTrue(answer.startswith(b"HTTP/1.1 204"), answer)
        self.assertNotIn(b"X-Relay-Rejected", answer)

    def test_health_refuses_a_wrong_token_so_that_the_gui_cannot_save_it(self):
        for path in ("/health", "/a/b//health"):
            url = self.relay.url + path
            good = {"Authorization": "Token mytoken123=="}
            self.assertEqual(harness.http("GET", url, headers=good)[0], 200)
            self.assertEqual(harness.http("GET", url)[0], 401)
            self.assertEqual(
                harness.http("GET", url, headers={"Authorization": "Token wrong"})[0], 401)

    def test_good_lines_are_kept_and_bad_ones_counted(self):
        status, headers, _ = self.write(GOOD + "broken\n" + GOOD + "x y=\n" + GOOD)
        self.assertEqual((status, headers["X-Relay-Rejected"]), (204, "2"))

    def test_a_body_without_a_good_line_says_line_place_and_reason(self):
        status, headers, body = self.write("# a comment\nbroken\n")
        self.assertEqual(status, 400)
        answer = json.loads(body)
        self.assertEqual(answer["code"], "invalid")
        self.assertIn("line 2", answer["message"])
        self.assertIn("missing field", answer["message"])

    def test_a_wrong_precision_is_refused_and_not_guessed(self):
        status, _, body = self.write(GOOD, query="org=a&bucket=b&precision=fortnight")
        self.assertEqual(status, 400)
        self.assertIn("precision", json.loads(body)["message"])

    def test_a_gzip_bomb_ends_at_the_limit(self):
        bomb = gzip.compress(b"#" + b"a" * (400 << 20), 9)
        answer = self.write(bomb, {"Content-Encoding": "gzip"})
        self.assertEqual(answer[0], 413)

    def test_gzip_that_is_none_is_400(self):
        self.assertEqual(self.write(GOOD, {"Content-Encoding": "gzip"})[0], 400)
        broken = bytearray(gzip.compress(GOOD.encode() * 100))
        broken[-6] ^= 0xFF
        self.assertEqual(self.write(bytes(broken), {"Content-Encoding": "gzip"})[0], 400)

    def test_gzip_is_read(self):
        self.assertEqual(self.write(gzip.compress(GOOD.encode()), {"Content-Encoding": "gzip"})[0], 204)

    def test_25_megabytes_of_garbage_are_refused_line_by_line(self):
        chance = random.Random(1)
        block = bytes(chance.randrange(256) for _ in range(1 << 16))
        started = time.monotonic()
        status, _, body = self.write((block * 400)[: 25_000_000])
        self.assertEqual(status, 400, body[:300])
        self.assertLess(time.monotonic() - started, 20)

    def test_endless_headers_are_cut(self):
        answer = raw(self.relay.port, b"GET /health HTTP/1.1\r\n" + b"X-A: b\r\n" * 100_000)
        self.assertNotIn(b"HTTP/1.1 200", answer)

    def test_endless_body_without_a_newline_is_refused(self):
        status = self.write(b"m,a=b f=\"" + b"x" * (8 << 20))[0]
        self.assertIn(status, (400, 413))

    def test_a_body_beyond_the_limit_is_413(self):
        answer = raw(self.relay.port, (
            b"POST /api/v2/write?org=o&bucket=b HTTP/1.1\r\nHost: a\r\n"
            b"Authorization: Token mytoken123==\r\nContent-Length: 10000000000\r\n\r\n"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 413"), answer[:200])

    def test_slow_senders_do_not_keep_others_waiting(self):
        slow = [socket.create_connection(("127.0.0.1", self.relay.port)) for _ in range(100)]
        try:
            for number, peer in enumerate(slow):
                peer.sendall(b"POST /api/v2/write?org=o&bucket=b HTTP/1.1\r\nHost: a\r\n"[: 10 + number % 50])
            for _ in range(20):
                before = time.monotonic()
                self.assertEqual(self.write(GOOD)[0], 204)
                self.assertLess(time.monotonic() - before, 0.5)
        finally:
            for peer in slow:
                peer.close()

    def test_binary_noise_over_udp_costs_only_itself(self):
        chance = random.Random(2)
        at = time.time_ns() // 10**9 * 10**9
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            to = ("127.0.0.1", self.relay.udp_port)
            for number in range(300):
                sender.sendto(b"", to)
                sender.sendto(os.urandom(chance.randrange(1, 1400)), to)
                sender.sendto(f"noise,object=nodes,host=n{number} value=1 {at}\n".encode(), to)
                time.sleep(0.001)  # the receive buffer of a stock kernel holds 184 datagrams
            sender.sendto(os.urandom(60_000), to)
        harness.wait_for("the good lines among the noise",
                         lambda: self.store.samples('{__name__="noise_value"}') == 300)

    def test_connections_that_say_nothing_are_harmless(self):
        silent = [socket.create_connection(("127.0.0.1", self.relay.port)) for _ in range(500)]
        self.assertEqual(self.write(GOOD)[0], 204)
        for peer in silent:
            peer.close()

    def test_many_writers_at_once_are_all_answered(self):
        statuses = []

        def write():
            for _ in range(20):
                statuses.append(self.write(GOOD * 50)[0])

        threads = [threading.Thread(target=write) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(statuses, [204] * 320)


if __name__ == "__main__":
    unittest.main(verbosity=2)
