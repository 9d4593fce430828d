"""The load of ./dev torture: bodies over HTTP and datagrams, each line a point of its own."""

import http.client
import random
import socket
import threading
import time

import harness

LINES, BODIES_PER_SECOND = 20, 8  # of each pusher
DATAGRAM_LINES = 3
POISON_EVERY = 60  # bodies


class Body:
    """What was sent at once: lines a millisecond apart."""

    __slots__ = ("sender", "first", "lines", "poison", "at", "status", "durable", "life", "failure")

    def __init__(self, sender, first, lines, poison):
        self.sender, self.first, self.lines, self.poison = sender, first, lines, poison
        self.at, self.status, self.durable, self.life, self.failure = 0.0, None, "disk", 0, 0

    def text(self):
        def line(number):
            milliseconds = self.first + number
            poison = f"poison={self.poison}," if self.poison and number == self.lines // 2 else ""
            return (f"torture,{poison}row=r{milliseconds % 400},sender={self.sender} "
                    f"value={milliseconds % 10**6} {milliseconds * 10**6}\n")
        return "".join(line(number) for number in range(self.lines))

    def keys(self):
        return [(self.sender, self.first + number) for number in range(self.lines)]

    def poison_key(self):
        return (self.sender, self.first + self.lines // 2)


class Pusher(threading.Thread):
    """Posts bodies at a steady pace and notes every answer."""

    def __init__(self, run, number):
        super().__init__(daemon=True)
        self.run_, self.name_, self.bodies = run, f"p{number}", []
        self.chance = random.Random(f"{run.seed} {self.name_}")
        self.stopping = threading.Event()

    def run(self):
        first = (int(time.time()) - 1200) * 1000
        while not self.stopping.wait(self.chance.uniform(0.5, 1.5) / BODIES_PER_SECOND):
            poison = ""
            if self.chance.randrange(POISON_EVERY) == 0:
                poison = self.chance.choice(("influx", "remote"))
            body = Body(self.name_, first, LINES, poison)
            first += LINES
            self.bodies.append(body)
            self.post(body)

    def post(self, body):
        try:
            status, headers, _ = self.run_.relay.write(body.text())
        except (OSError, http.client.HTTPException):  # the relay is down just now
            return
        body.at, body.life, body.failure = time.monotonic(), self.run_.life, self.run_.failures
        body.durable = headers.get("X-Relay-Durable", "disk")
        body.status = status if "X-Relay-Rejected" not in headers else "rejected"


class DatagramSender(threading.Thread):
    """Sends datagrams while the relay is up. `settle` makes those of this life owed."""

    def __init__(self, run):
        super().__init__(daemon=True)
        self.run_, self.bodies, self.this_life = run, [], []
        self.chance = random.Random(f"{run.seed} udp")
        self.dropped = 0
        self.stopping, self.lock = threading.Event(), threading.Lock()

    def run(self):
        first = (int(time.time()) - 1200) * 1000
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not self.stopping.wait(self.chance.uniform(0.01, 0.05)):
                with self.lock:
                    body = Body("udp", first, DATAGRAM_LINES, "")
                    first += DATAGRAM_LINES
                    self.bodies.append(body)
                    self.this_life.append(body)
                    body.at, body.life = time.monotonic(), self.run_.life
                    sender.sendto(body.text().encode(), ("127.0.0.1", self.run_.relay.udp_port))

    def settle(self):
        """With the lock held: what was sent in this life was received or dropped, to the last."""
        def figures():
            metrics = self.run_.relay.metrics()
            def total(name):
                return sum(value for key, value in metrics.items()
                           if key.startswith(f"pverelay_{name}{{") and 'protocol="udp"' in key)
            drops = total("udp_kernel_drops_total")
            sent = len(self.this_life)
            if total("udp_datagrams_total") + drops != sent:
                return None
            refused = total("refused_lines_total")
            lines = total("lines_total")
            return (drops, refused) if lines == DATAGRAM_LINES * (sent - drops) else None
        drops, refused = harness.wait_for("every datagram to be accounted for", figures, 10)
        if drops or refused:
            self.dropped += int(drops)
        else:
            for body in self.this_life:
                body.status = 204
