"""A steady stream of pushes, over HTTP as Proxmox sends them and over UDP, that knows what it sent
and what became of it. Every line is a series of its own, so that one that is missing shows."""

import http.client
import socket
import threading
import time

# A push that has to wait for the next relay waits longer than Proxmox would; it is never refused.
ANSWER_SECONDS = 60


class Stream:
    def __init__(self, http_port=None, udp_port=None, datagrams_per_second=1000, clients=4,
                 kept_alive=False):
        self.http_port, self.udp_port = http_port, udp_port
        self.pause = 1 / datagrams_per_second
        self.kept_alive = kept_alive
        self.failures = []       # what went wrong, in words
        self.sent = []           # names of the lines that must arrive
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.threads = []
        if http_port:
            self.threads += [threading.Thread(target=self._push, args=(i,)) for i in range(clients)]
        if udp_port:
            self.threads.append(threading.Thread(target=self._send))

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.ending.set()
        for thread in self.threads:
            thread.join()
        return self

    def count(self):
        return len(self.sent)

    def wait_for_more(self, lines=300, seconds=30):
        """So many more were taken, so whoever is there now takes them."""
        from harness import wait_for
        target = self.count() + lines
        wait_for(f"{lines} more lines to be taken", lambda: self.count() >= target, seconds)

    @staticmethod
    def line(name):
        return f"stream,id={name} v=1 {time.time_ns()}\n".encode()

    def _push(self, client):
        connection, number = None, 0
        while not self.ending.is_set():
            name = f"h{client}.{number}"
            number += 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self.http_port,
                                                            timeout=ANSWER_SECONDS)
                headers = {} if self.kept_alive else {"Connection": "close"}
                connection.request("POST", "/api/v2/write?org=o&bucket=b", self.line(name), headers)
                answer = connection.getresponse()
                answer.read()
                if answer.status != 204:
                    raise OSError(f"status {answer.status}")
                if not self.kept_alive:
                    connection.close()
                    connection = None
                with self.lock:
                    self.sent.append(name)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{name}: {error!r}")
                connection = None
            time.sleep(0.002)
        if connection:
            connection.close()

    def _send(self):
        out, number = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), 0
        out.connect(("127.0.0.1", self.udp_port))
        while not self.ending.is_set():
            name = f"u{number}"
            number += 1
            try:
                out.send(self.line(name))
                with self.lock:
                    self.sent.append(name)
            except OSError as error:  # ECONNREFUSED: the port was closed
                self.failures.append(f"{name}: {error!r}")
            time.sleep(self.pause)
        out.close()


def arrived(store):
    """The names of the lines that a VictoriaMetrics holds."""
    return {labels["id"] for labels, _ in store.export('{__name__=~"stream.*"}')}
