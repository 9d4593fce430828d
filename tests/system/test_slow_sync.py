"""A sync that hangs for 3 s: nobody waits for it longer than the timer, and nothing is lost.

The disk is the daemon's own, with tests/support/slow_sync.cpp before fdatasync and fsync. Bodies
are pushed at a pace that answers do not slow, as Proxmox's nodes do.
"""

import concurrent.futures
import http.client
import itertools
import threading
import time
import unittest

import harness
import ledger

HANG_SECONDS = 3.0
# The relay answers after 600 ms at the latest; Proxmox VE gives up after 1 s.
TIMER_SECONDS, ANSWER_SECONDS_MAX = 0.6, 0.9
BODIES_PER_SECOND, LINES = 30, 20


class Load(threading.Thread):
    """Posts bodies at a steady pace, each on a connection of its own, and notes every answer."""

    def __init__(self, relay):
        super().__init__(daemon=True)
        self.relay, self.answers, self.unanswered = relay, [], []
        self.base = (int(time.time()) - 600) * 10**9
        self.stopping = threading.Event()

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(BODIES_PER_SECOND * 2) as posters:
            begin = time.monotonic()
            for number in itertools.count():
                if self.stopping.wait(max(0.0, begin + number / BODIES_PER_SECOND - time.monotonic())):
                    return
                posters.submit(self.post, number)

    def post(self, number):
        ids = range(number * LINES, number * LINES + LINES)
        lines = [f"hang,row=r{i % 400} value={i} {self.base + i * 10**6}" for i in ids]
        sent = time.monotonic()
        try:
            status, headers, _ = self.relay.write("\n".join(lines) + "\n")
        except (OSError, http.client.HTTPException):  # the relay was killed
            self.unanswered.extend(lines)
            return
        self.answers.append((sent, time.monotonic() - sent, status,
                             headers.get("X-Relay-Durable", "disk"), lines))

    def end(self):
        self.stopping.set()
        self.join(30)

    def between(self, begin, end):
        return [answer for answer in self.answers if begin <= answer[0] < end]

    def answered_lines(self):
        return [line for _, _, status, _, lines in self.answers if status == 204 for line in lines]


def journal_growth(relay, until):
    """[(time, newest sequence, bytes of all segments on disk)] until then, 20 times a second."""
    looks = []
    while time.monotonic() < until:
        sequence = relay.status()["journal"]["newest_sequence"]
        size = sum(file.stat().st_size for file in relay.journal.glob("*.lp.gz"))
        looks.append((time.monotonic(), sequence, size))
        time.sleep(0.05)
    return looks


def longest_standstill(looks, which):
    """Seconds between two looks that saw column `which` grow, or to the last look of all."""
    longest, since = 0.0, looks[0]
    for look in looks:
        longest = max(longest, look[0] - since[0])
        if look[which] > since[which]:
            since = look
    return longest


class SlowSync(unittest.TestCase):
    def setUp(self):
        path = harness.TemporaryDirectory().path
        self.disk = harness.SlowSync(path)
        self.store = harness.VictoriaMetrics(path, "influx-store")
        self.remote = harness.VictoriaMetrics(path, "remote-store")
        self.relay = harness.Relay(
            path, [harness.influxdb_sink(self.store.url), harness.prometheus_sink(self.remote.url)],
            environment=self.disk.environment)

    def tearDown(self):
        for process in (self.relay, self.store, self.remote):
            process.stop()

    def assert_stores_have(self, lines, unanswered=()):
        """Every one of the lines, and none but those; what was not answered may be there."""
        harness.wait_for("both sinks to catch up", self.relay.has_delivered_all, 60)
        owed = ledger.numbers_of(lines)
        self.assertGreater(len(owed), 0)
        optional = ledger.numbers_of(unanswered)
        for store, named in ((self.store, dict), (self.remote, ledger.as_remote_write)):
            held = ledger.points_of(store.export('{__name__="hang_value"}'), without=("job",))
            maybe = named(optional)
            held = {key: value for key, value in held.items() if key not in maybe}
            self.assertEqual(ledger.difference(named(owed), held), "", store.name)

    def test_no_write_waits_for_a_hanging_sync_and_no_answer_longer_than_the_timer(self):
        self.store.start()
        self.remote.start()
        self.relay.start()
        load = Load(self.relay)
        load.start()
        harness.wait_for("answers", lambda: len(load.answers) > BODIES_PER_SECOND)

        begin = self.disk.hang_once(HANG_SECONDS)
        end = begin + HANG_SECONDS
        looks = journal_growth(self.relay, end - 0.1)
        harness.wait_for("answers after the hang",
                         lambda: len(load.between(end + 0.5, end + 60)) > BODIES_PER_SECOND)
        load.end()

        self.assertEqual(load.unanswered, [])
        self.assertEqual({status for _, _, status, _, _ in load.answers}, {204})
        slowest = max(waited for _, waited, _, _, _ in load.answers)
        self.assertLess(slowest, ANSWER_SECONDS_MAX)
        # Whose timer ended before the hang did, with a margin for the way there.
        hung = load.between(begin, end - TIMER_SECONDS - 0.1)
        self.assertGreater(len(hung), BODIES_PER_SECOND)
        self.assertEqual({durable for _, _, _, durable, _ in hung}, {"kernel"})
        after = load.between(end + 0.5, end + 60)
        self.assertEqual({durable for _, _, _, durable, _ in after}, {"disk"})
        # 30 batches a second reach the kernel all the time, in the relay's eyes and on the disk.
        stood = [longest_standstill(looks, which) for which in (1, 2)]
        self.assertLess(max(stood), 0.5)
        self.assertGreaterEqual(looks[-1][1] - looks[0][1],
                                len(load.between(looks[0][0], looks[-1][0])) - BODIES_PER_SECOND // 2)
        self.assert_stores_have(load.answered_lines())
        print(f"{len(load.answers)} bodies, {len(hung)} answered from the kernel, slowest "
              f"{slowest * 1000:.0f} ms; the journal never stood longer than "
              f"{max(stood) * 1000:.0f} ms", flush=True)

    def test_what_was_answered_in_a_hang_survives_a_kill(self):
        self.relay.start()  # no store: what arrives later can only come from the journal
        load = Load(self.relay)
        load.start()
        harness.wait_for("answers", lambda: len(load.answers) > BODIES_PER_SECOND)
        begin = self.disk.hang_once(HANG_SECONDS)

        harness.wait_for("answers in the hang", lambda: sum(
            durable == "kernel" for _, _, _, durable, _ in load.between(begin, begin + 60)) > 20,
            HANG_SECONDS, every=0.01)
        self.assertLess(time.monotonic(), begin + HANG_SECONDS)
        self.relay.kill()
        load.end()

        self.store.start()
        self.remote.start()
        self.relay.start()
        lines = load.answered_lines()
        self.assert_stores_have(lines, load.unanswered)
        print(f"{len(lines)} answered lines, none missing", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
