"""What the relay takes of a machine's memory: little when idle, and after a flood of connections no
more than before."""

import os
import resource
import socket
import ssl
import unittest

from harness import Relay, TemporaryDirectory, influxdb_sink, prometheus_sink, wait_for
from simulated_api import Authority

IDLE_KIB = 16_000_000 // 1024
CONNECTIONS = 1500  # of TLS: some 10 kB each, once their handshake is done
DEAD = "http://127.0.0.1:9"


class Memory(unittest.TestCase):
    def setUp(self):
        self.directory = TemporaryDirectory()
        self.relay = None

    def tearDown(self):
        if self.relay:
            self.relay.kill()
        self.directory.remove()

    def start(self, listen="", presence=""):
        self.relay = Relay(self.directory.path, [influxdb_sink(DEAD), prometheus_sink(DEAD)],
                           listen=listen, presence=presence).start()
        return self.relay

    def test_an_idle_relay_takes_less_than_16_megabytes(self):
        relay = self.start()
        wait_for("what starting took to be freed", lambda: relay.memory_kib() < IDLE_KIB, 15)
        print(f"idle: {relay.memory_kib()} KiB resident")

    def test_what_a_flood_of_connections_took_is_given_back(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        authority = Authority(self.directory.path)
        certificate, key, _ = authority.issue("relay")
        os.chmod(key, 0o600)
        relay = self.start(f'tls = {{ certificate = "{certificate}", key = "{key}" }}')
        context = ssl.create_default_context(cafile=authority.certificate)

        before = relay.memory_kib()
        flood = [context.wrap_socket(socket.create_connection(("127.0.0.1", relay.port)),
                                     server_hostname="127.0.0.1") for _ in range(CONNECTIONS)]
        at_most = relay.memory_kib()
        for connection in flood:
            connection.close()

        self.assertGreater(at_most, before + 8 * 1024)
        wait_for("the flood's memory to be given back",
                 lambda: relay.memory_kib() < before + (at_most - before) / 2, 30, every=0.5)
        print(f"{before} KiB, with {CONNECTIONS} connections {at_most}, later {relay.memory_kib()}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
