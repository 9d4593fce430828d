"""Stores that fail on demand, and know exactly what they took.

A door stands before a store (a VictoriaMetrics, or nothing but the door's own book) and keeps each
point that was taken. It refuses points that are marked as poison for it, and while a fault is on
it does what a store of that mood does.

A fault that may be taken for a refusal ends only at a moment at which it cannot look like the fault
of a single line: a store that refuses one good line alone and is well a moment later cannot be told
from a healthy one that refuses a bad line (docs/delivery.md, "Promises").
"""

import collections
import email.utils
import gzip
import random
import re
import socket
import struct
import threading
import time

import harness
import recorder

# The faults, by name. The numbers are statuses.
FAULTS = ("gone", "silent", "cut", "slow", "400", "401", "413", "422", "429", "500", "503")
REFUSALS = ("400", "422", "500")  # which may lead to a search for the bad line
SLOW_SECONDS_MAX = 2.0
POINTS_MAX = 7  # of a body that is not too large, while the answer is 413

Point = collections.namedtuple("Point", "sender milliseconds poison")

_LINE = re.compile(rb"^torture,(?:\S*?poison=(\w+))?\S*?sender=(\w+)\S* value=\d+ (\d+)$", re.M)
_LABEL = re.compile(rb"\x0a(.)(sender|poison)\x12(.)", re.S)


def points_of_lines(body):
    """The points of a gzip body of the relay's own line protocol."""
    text = gzip.decompress(body)
    points = [Point(sender.decode(), int(time_) // 10**6, poison.decode())
              for poison, sender, time_ in _LINE.findall(text)]
    if len(points) != text.count(b"\n"):
        raise ValueError(f"not what was sent: {text[:500]!r}")
    return points


def points_of_remote_write(body):
    points = []
    for labels, milliseconds in recorder.points_of_remote_write(body):
        found = {match[2]: labels[match.end():match.end() + match[3][0]].decode()
                 for match in _LABEL.finditer(labels)}
        points.append(Point(found[b"sender"], milliseconds, found.get(b"poison", "")))
    return points


class FaultDoor(recorder.Recorder):
    """`held`: how often each (sender, milliseconds) was taken; `refused`: those of poison that
    were refused alone (`refused_at`: when, last) or `told` of by a 422; `takings`: (time, whether the relay was answered, the points) of every body that was taken."""

    def __init__(self, name, points_of, store_url=""):
        self.name, self.points_of = name, points_of
        self.held, self.refused, self.hits = collections.Counter(), set(), collections.Counter()
        self.takings, self.refused_at, self.told = [], {}, set()
        self._lock = threading.Lock()
        self._fault, self._ending, self._in_doubt = None, False, False
        super().__init__(store_url)

    def begin(self, fault):
        with self._lock:
            self._fault, self._ending, self._in_doubt = fault, False, False

    def end(self):
        """Asks for the end of the fault and waits for it."""
        with self._lock:
            self._ending = True
        harness.wait_for(f"{self.name}'s fault {self._fault} to end",
                         lambda: self._current() is None, 60)

    def _current(self):
        with self._lock:
            if self._ending and not self._in_doubt:
                self._fault = None
            return self._fault

    def _receive(self, handler):
        if self._current() != "cut":
            return super()._receive(handler)
        handler.rfile.read(int(handler.headers.get("Content-Length", 0)) // 2)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hits["cut"] += 1
        return None

    def _pass_on(self, method, path, headers, body):
        points = self.points_of(body) if body else []
        fault = self._current()
        if fault is None or fault == "cut":
            return self._take(method, path, headers, body, points)
        if fault == "413" and len(points) <= POINTS_MAX:
            return self._take(method, path, headers, body, points)
        self.hits[fault] += 1
        if fault == "gone":
            return None
        if fault == "slow":
            time.sleep(random.uniform(0.2, SLOW_SECONDS_MAX))
            return self._take(method, path, headers, body, points)
        if fault == "silent":
            self._take(method, path, headers, body, points, answered=False)
            return None
        if fault == "422" and not self.store:
            return self._take_rest(points)
        with self._lock:
            self._in_doubt = (fault in REFUSALS and len(points) == 1 and
                              points[0][:2] not in self.held)
        return self._answer(int(fault))

    def _answer(self, status):
        headers = []
        if status in (429, 503):
            later = random.choice(["1", email.utils.formatdate(time.time() + 1, usegmt=True)])
            headers.append(("Retry-After", later))
        return status, headers, b'{"code":"invalid","message":"the store is in a mood"}'

    def _take(self, method, path, headers, body, points, answered=True):
        poison = [point for point in points if point.poison == self.name]
        if poison:
            if len(points) == 1:
                self.refused.add(points[0][:2])
                self.refused_at[points[0][:2]] = time.monotonic()
            return 400, [], b'{"code":"invalid","message":"unable to parse: poison"}'
        answer = (204, [], b"")
        if self.store:
            answer = super()._pass_on(method, path, headers, body)
        if answer is not None and answer[0] // 100 == 2:
            self._keep([point[:2] for point in points], answered)
        return answer

    def _take_rest(self, points):
        """As InfluxDB 2.x's 422: what is good is stored, the rest is told."""
        self._keep([point[:2] for point in points if point.poison != self.name], True)
        self.told.update(point[:2] for point in points if point.poison == self.name)
        self.refused |= self.told
        return 422, [], b'{"code":"unprocessable entity","message":"points dropped: poison"}'

    def _keep(self, keys, answered):
        with self._lock:
            self.held.update(keys)
            self.takings.append((time.monotonic(), answered, keys))
