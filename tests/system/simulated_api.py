"""The API of a simulated Proxmox cluster as it is met in the field: `pverelay simulate --api` behind
TLS, a certificate for every node, all of one authority.

The TLS is Python's, in a thread of the test, since the simulator speaks plain HTTP. Whatever a test
wants to know of what was asked stands in the access log (`accesses()`).
"""

import asyncio
import hashlib
import json
import pathlib
import socket
import ssl
import subprocess
import threading

from harness import RELAY, Process, free_port, wait_for

TOKEN_ID = "relay@pve!relay"
TOKEN = "11111111-2222-4333-8444-555555555555"


def _bound(port=0, address="127.0.0.1"):
    """A socket of that port, or of a free one."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((address, port or free_port()))
    return made


def _bound_to_all(addresses):
    """A socket at each, all of one port."""
    for _ in range(100):
        first = _bound(0, addresses[0])
        try:
            port = first.getsockname()[1]
            return [first] + [_bound(port, address) for address in addresses[1:]]
        except OSError:
            first.close()
    raise AssertionError(f"no port is free at all of {addresses}")


def _openssl(*words):
    done = subprocess.run(["openssl", *[str(word) for word in words]], capture_output=True,
                          text=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"openssl {words} ended with {done.returncode}:\n{done.stderr}")


class Authority:
    """What signs the nodes' certificates; `days` of validity, less than none: it has expired."""

    def __init__(self, directory, name="pve-root-ca", days=3650):
        self.directory = pathlib.Path(directory)
        self.certificate = self.directory / f"{name}.pem"
        self.key = self.directory / f"{name}.key"
        request = self.directory / f"{name}.csr"
        extensions = self.directory / f"{name}.ext"
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", self.key, "-out", request,
                 "-subj", "/CN=Proxmox Virtual Environment/O=PVE Cluster Manager CA")
        extensions.write_text("basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\n")
        _openssl("x509", "-req", "-in", request, "-signkey", self.key, "-days", days, "-sha256",
                 "-extfile", extensions, "-out", self.certificate)

    def issue(self, node, days=365, address="127.0.0.1"):
        """A certificate for that node at its address: (certificate, key, SHA-256 fingerprint)."""
        certificate, key = self.directory / f"{node}.pem", self.directory / f"{node}.key"
        request, extensions = self.directory / f"{node}.csr", self.directory / f"{node}.ext"
        _openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                 "-subj", f"/OU=PVE Cluster Node/CN={node}.example.com")
        extensions.write_text(f"subjectAltName=IP:{address},DNS:localhost,DNS:{node}\n")
        _openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key,
                 "-CAcreateserial", "-days", days, "-sha256", "-extfile", extensions,
                 "-out", certificate)
        der = ssl.PEM_cert_to_DER_cert(certificate.read_text())
        digest = hashlib.sha256(der).hexdigest().upper()
        return certificate, key, ":".join(digest[i:i + 2] for i in range(0, len(digest), 2))


class TlsDoors:
    """TLS in front of plain ports, for as long as they are open. One thread for all of them."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._servers = {}
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def open(self, node, door, plain_port, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        async def serve(reader, writer):
            await self._carry(reader, writer, plain_port)

        async def start():
            return await asyncio.start_server(serve, sock=door, ssl=context)

        self._servers[node] = asyncio.run_coroutine_threadsafe(start(), self._loop).result(30)

    def are_open(self):
        return bool(self._servers)

    def close(self, node=None):
        """New connections are refused, at one node or at all; all that are open end."""
        async def end():
            for name in [node] if node else list(self._servers):
                self._servers.pop(name).close()
            own = asyncio.current_task()
            for task in asyncio.all_tasks():
                if task is not own:
                    task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(30)

    @staticmethod
    async def _carry(reader, writer, plain_port):
        try:
            inner, inner_writer = await asyncio.open_connection("127.0.0.1", plain_port)
        except OSError:
            writer.close()
            return

        async def pump(source, sink):
            try:
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                sink.close()

        try:
            await asyncio.gather(pump(reader, inner_writer), pump(inner, writer))
        except asyncio.CancelledError:
            pass  # the doors close


class SimulatedApi(Process):
    """`pverelay simulate --api`, and its pushes too where `to` says whereto.

    `urls` are the nodes' addresses, in their order, known before it starts; `ca` is the authority's
    certificate; `fingerprints` those of the nodes' own, which /nodes tells as well.
    """

    def __init__(self, directory, nodes=3, guests=12, scenario="", to=None, interval="10s",
                 arguments=(), tls=True, authority=None, name="simulated-api", addresses=None):
        self.directory = pathlib.Path(directory)
        self.nodes = [f"pve{i + 1}" for i in range(nodes)]
        self.tls = tls
        # Held until the doors open: the simulator's own ports are taken from the same free ones.
        # With `addresses` each node is at its own, all at one port, as in the field.
        held = _bound_to_all(addresses) if addresses else [_bound() for _ in self.nodes]
        self.held = dict(zip(self.nodes, held))
        self.places = {node: held.getsockname() for node, held in self.held.items()}
        self.ports = {node: port for node, (_, port) in self.places.items()}
        self.urls = [f"{'https' if tls else 'http'}://{address}:{port}"
                     for address, port in self.places.values()]
        self.token_id, self.token = TOKEN_ID, TOKEN
        self.scenario = self.directory / f"{name}.scenario"
        self.access_log = self.directory / f"{name}.access"
        self.doors, self.certificates, self.fingerprints, self.ca = None, {}, {}, None
        if tls:
            authority = authority or Authority(directory)
            self.ca = authority.certificate
            for node in self.nodes:
                certificate, key, self.fingerprints[node] = authority.issue(
                    node, address=self.places[node][0])
                self.certificates[node] = (certificate, key)
        self.set_scenario(scenario)
        pushing = ["--to", to, "--cycles", 0, "--interval", interval] if to else []
        super().__init__(name, [RELAY, "simulate", "--nodes", nodes, "--guests", guests,
                                "--api", "127.0.0.1:0", "--scenario", self.scenario,
                                "--access-log", self.access_log, *pushing, *arguments], directory)

    def set_scenario(self, text):
        """What happens from the next start on; its second 0 is then."""
        pins = [f"fingerprint {node} {pin}" for node, pin in self.fingerprints.items()]
        self.scenario.write_text("\n".join([*pins, text, ""]))

    def start(self):
        said = self.output.stat().st_size if self.output.exists() else 0

        def plain_ports():
            words = [line.split() for line in self.output.read_text()[said:].splitlines()]
            ports = {w[2]: int(w[3].rsplit(":", 1)[1]) for w in words if w and w[0] == "api"}
            return ports if len(ports) == len(self.nodes) else None

        super().start()
        try:
            plain = wait_for("the simulated API", lambda: plain_ports() or not self.is_running())
            if plain is True:
                raise AssertionError(f"it ended with {self.child.returncode}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        self.plain = {node: f"http://127.0.0.1:{port}" for node, port in plain.items()}
        self.plain_ports = plain
        self.doors = TlsDoors() if self.tls else None
        if self.tls:
            self.open_doors()
        else:
            self.urls = [self.plain[node] for node in self.nodes]
        return self

    def open_doors(self):
        for node, port in self.plain_ports.items():
            address, own_port = self.places[node]
            door = self.held.pop(node, None) or _bound(own_port, address)
            self.doors.open(node, door, port, *self.certificates[node])

    def stop(self, seconds=20.0):
        if self.doors:
            self.doors.close()
        return super().stop(seconds)

    def accesses(self):
        """What was asked so far: {"time", "node", "method", "path", "status", "concurrent", …}."""
        if not self.access_log.exists():
            return []
        return [json.loads(line) for line in self.access_log.read_text().splitlines()]

    def cluster_api(self, extra="", tls=None, token_file=None):
        """The [cluster.api] that goes with it; it follows the [[cluster]] in a configuration."""
        if token_file is None:
            token_file = self.directory / f"{self.name}.token"
            token_file.write_text(self.token + "\n")
        urls = ", ".join(f'"{url}"' for url in self.urls)
        if tls is None:
            tls = f'tls = {{ ca = "{self.ca}" }}' if self.tls else ""
        return (f'[cluster.api]\nnodes = [{urls}]\ntoken_id = "{self.token_id}"\n'
                f'token = {{ file = "{token_file}" }}\n{tls}\n{extra}\n')
