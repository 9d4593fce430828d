"""kill -9 at random moments under load: every line that was answered 204 arrives."""

import os
import random
import threading
import time
import unittest
import urllib.error

import harness

KILLS = int(os.environ.get("RELAY_KILLS", "50"))


class Pusher(threading.Thread):
    """Posts small bodies one after the other and remembers which were answered 204."""

    def __init__(self, relay, number):
        super().__init__(daemon=True)
        self.relay, self.number = relay, number
        self.answered, self.sent, self.not_durable = [], 0, 0
        self.stopping = threading.Event()

    def run(self):
        base = (int(time.time()) - 1200) * 10**9
        while not self.stopping.is_set():
            self.sent += 1
            ids = range(self.sent * 20, self.sent * 20 + 20)
            body = "".join(f"crash,pusher={self.number},row=r{i % 400} value={i} {base + i * 10**6}\n"
                           for i in ids)
            try:
                status, headers, _ = self.relay.write(body)
            except (OSError, urllib.error.URLError):
                time.sleep(0.005)  # the relay is down just now
                continue
            if status == 204:
                self.answered.extend(ids)
                self.not_durable += headers.get("X-Relay-Durable") == "no"


class Crash(unittest.TestCase):
    def test_every_answered_line_arrives_after_many_kills(self):
        seed = int(os.environ.get("RELAY_SEED", time.time_ns() % 10**6))
        print(f"seed {seed}, {KILLS} kills", flush=True)
        chance = random.Random(seed)
        path = harness.TemporaryDirectory().path
        store = harness.VictoriaMetrics(path, "influx-store").start()
        remote = harness.VictoriaMetrics(path, "remote-store").start()
        relay = harness.Relay(path, [harness.influxdb_sink(store.url),
                                     harness.prometheus_sink(remote.url)]).start()
        pushers = [Pusher(relay, number) for number in range(4)]
        for pusher in pushers:
            pusher.start()

        for _ in range(KILLS):
            time.sleep(chance.uniform(0.02, 0.35))
            relay.kill()
            relay.start()
        time.sleep(0.3)
        for pusher in pushers:
            pusher.stopping.set()
        for pusher in pushers:
            pusher.join(10)

        harness.wait_for("both sinks to catch up", relay.has_delivered_all, 60)
        owed = {(str(p.number), i) for p in pushers for i in p.answered}
        self.assertGreater(len(owed), KILLS * 20)
        self.assertEqual(sum(p.not_durable for p in pushers), 0)
        for name, held in (("InfluxDB sink", store), ("remote write", remote)):
            have = {(labels["pusher"], int(value))
                    for labels, samples in held.export('{__name__="crash_value"}')
                    for _, value in samples}
            missing = sorted(owed - have)
            self.assertEqual(missing[:10], [], f"{name}: {len(missing)} of {len(owed)} are missing")
        print(f"{len(owed)} answered lines, none missing", flush=True)
        for process in (relay, store, remote):
            process.stop()


if __name__ == "__main__":
    unittest.main(verbosity=2)
