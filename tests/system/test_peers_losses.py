"""What others have lost, and does not happen here: each published loss a test of its name.

docs/delivery.md lists them. The relay is the released one, its stores are doors that do as they are
told, and a real Prometheus where it is Prometheus' own rule that cost others their samples.
"""

import base64
import errno
import gzip
import http.server
import os
import re
import signal
import time
import unittest

import harness
import recorder

DEAD = "http://127.0.0.1:9"
VALUE = re.compile(rb"[ ,]v=(\d+) \d+$", re.M)


class Door:
    """A store of line protocol. `answer` says what becomes of a request: a status, given the
    values in it; what is answered 204 is held."""

    def __init__(self):
        door = self
        self.answer, self.held, self.requests = (lambda values: 204), [], 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                values = [int(value) for value in VALUE.findall(body)]
                door.requests += 1
                status = door.answer(values)
                if status == 204:
                    door.held += values
                words = b"" if status == 204 else b'{"code":"x","message":"no"}'
                self.send_response(status)
                if words:
                    self.send_header("Content-Length", str(len(words)))
                self.end_headers()
                self.wfile.write(words)

            def log_message(self, *_):
                pass

        self.server = recorder.Server(Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.stop()


class PeersLosses(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        self.door, self.relay, self.pushed = Door(), None, 0
        self.at = int(time.time()) - 600

    def tearDown(self):
        if self.relay:
            self.relay.stop()
        self.door.stop()

    def start(self, url=None, journal="", environment=None):
        self.relay = harness.Relay(
            self.path, [harness.influxdb_sink(url or self.door.url, extra='start = "oldest"')],
            extra='[delivery]\nbackoff_first = "20ms"\nbackoff_max = "100ms"\n',
            journal=journal, environment=environment)
        self.relay.start()

    def turn_to_the_door(self):
        """The relay starts anew, with the store that lives in place of the dead one."""
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace(DEAD, self.door.url))
        self.relay.start()

    def push(self, count=1, fields=0):
        """Bodies of one line each, every one a record; its value is its number. `fields`: so many
        of 32 KiB each that no compression makes smaller than 24."""
        for _ in range(count):
            pad = "".join(f'f{i}="{base64.b64encode(os.urandom(24 << 10)).decode()}",'
                          for i in range(fields))
            status, _, body = self.relay.write(
                f"peer,n=n{self.pushed} {pad}v={self.pushed} {self.at + self.pushed}000000000\n")
            self.assertEqual(status, 204, body)
            self.pushed += 1

    def hang_up(self, config):
        """Another configuration, read by the relay that runs."""
        before = self.relay.status()["config"]["count"]
        self.relay.config.write_text(config)
        self.relay.child.send_signal(signal.SIGHUP)
        harness.wait_for("the reload", lambda: self.relay.status()["config"]["count"] > before)
        self.assertTrue(self.relay.status()["config"]["successful"], self.relay.log())

    def sink(self):
        return self.relay.status()["sinks"][0]

    def wait_for_all_but(self, lost=()):
        harness.wait_for("all to arrive", lambda: self.relay.has_delivered_all(), 60)
        wanted = [number for number in range(self.pushed) if number not in lost]
        self.assertEqual(sorted(set(self.door.held)), wanted)

    def test_a_400_from_a_misconfigured_proxy(self):
        """costs others what they drop as refused; here nothing is dropped that no healthy store
        has refused."""
        self.door.answer = lambda values: 400
        self.start()
        self.push(20)
        harness.wait_for("it to be taken for a setting",
                         lambda: self.sink()["state"] == "configuration")
        self.push(20)
        self.assertEqual(self.sink()["points_dropped"], 0)

        self.door.answer = lambda values: 204
        self.wait_for_all_but()
        self.assertEqual(self.sink()["points_dropped"], 0)
        self.assertEqual(list((self.relay.journal / "dead").glob("*")), [])

    def test_a_queue_lost_at_restart(self):
        """where it is in memory; here what waits is on disk, after a stop and after a kill."""
        self.start(DEAD)
        self.push(20)
        self.relay.stop()
        self.relay.start()
        self.push(20)
        self.relay.kill()
        self.turn_to_the_door()
        self.wait_for_all_but()

    def test_a_chunk_skipped_after_corruption(self):
        """with all that is sound in it; here a flipped bit costs one record, and is counted."""
        self.start(DEAD)
        self.push(40)
        self.relay.kill()
        segment = max(self.relay.journal.glob("*.lp.gz"), key=lambda path: path.stat().st_size)
        whole = bytearray(segment.read_bytes())
        middle = whole.index(b"PVEJ", len(whole) // 2)  # in the header of a record
        whole[middle + 130] ^= 4
        segment.write_bytes(whole)
        self.turn_to_the_door()
        harness.wait_for("the rest to arrive", lambda: len(set(self.door.held)) == 39, 30)
        (lost,) = set(range(40)) - set(self.door.held)
        self.assertTrue(15 <= lost <= 25, lost)
        harness.wait_for("it to be counted", lambda: self.sink()["losses"])
        (told,) = self.sink()["losses"]
        self.assertEqual((told["reason"], told["points"]), ("damaged", 1))
        self.assertEqual(self.relay.status()["journal"]["damaged_places"], 1)

    def test_a_corrupt_record_blocking_the_start(self):
        """or a start that wipes what it cannot read; here it starts whatever stands in the files,
        and delivers all else."""
        self.start(DEAD)
        self.push(20)
        self.relay.kill()
        (segment,) = [path for path in self.relay.journal.glob("*.lp.gz") if path.stat().st_size]
        whole = segment.read_bytes()
        second = whole.index(b"PVEJ", 40) - 16
        segment.write_bytes(bytes(second) + whole[second:] + b"\x1f\x8b\x08\x04 and no end")
        (self.relay.journal / "0000000009.lp.gz").write_bytes(b"nothing of ours " * 300)
        (cursor,) = self.relay.journal.glob("*.cursor")
        cursor.write_bytes(bytes(100))
        self.turn_to_the_door()
        self.push(1)
        self.wait_for_all_but(lost=[0])

    def test_a_full_disk_that_cannot_delete(self):
        """stops others, or empties their queue for nothing; here what is pushed is taken into
        memory, one segment goes in vain, and all else arrives once there is room."""
        host = harness.HostileHost(self.path)
        self.start(DEAD, 'segment_bytes = "1MiB"\ntail_bytes = "1MiB"', host.environment)
        self.push(40, fields=10)
        before = self.relay.status()["journal"]["segments"]
        self.assertGreater(before, 5)
        host.fail_writes(errno.ENOSPC)
        self.push(20, fields=10)
        status = self.relay.status()
        self.assertTrue(status["journal"]["memory_only"])
        self.assertGreaterEqual(status["journal"]["segments"], before - 2)

        host.heal_writes()
        harness.wait_for("the disk to be taken again",
                         lambda: not self.relay.status()["journal"]["memory_only"])
        # What its sink still held in memory is lost, and counted, when that ends undelivered.
        self.hang_up(self.relay.config.read_text().replace(DEAD, self.door.url))
        lost = harness.wait_for("the loss to be told", lambda: self.sink()["lost_records"])
        self.assertLess(lost, 8)
        self.assertEqual(self.sink()["losses"][0]["points"], lost)
        self.wait_for_all_but(lost=range(lost))

    def test_a_422_or_500_retried_for_ever(self):
        """holds up all that follows; here a 422 is not sent again, and of a 500 that one line
        causes the line alone is given up, told and kept."""
        self.door.answer = lambda values: 500 if 7 in values else 422 if 3 in values else 204
        self.start()
        self.push(5)
        harness.wait_for("the 422 to be passed", self.relay.has_delivered_all)
        seen = self.door.requests
        self.push(10)
        harness.wait_for("the 500 to be passed", self.relay.has_delivered_all, 60)
        self.assertLess(self.door.requests - seen, 60)
        self.assertEqual(self.sink()["points_dropped"], 1)
        self.assertLessEqual(set(range(8, 15)), set(self.door.held))
        self.assertNotIn(7, self.door.held)
        # It is on disk before the cursor moves, which /status does not wait for.
        letters = harness.wait_for("the letter", lambda: b"".join(
            gzip.decompress(path.read_bytes())
            for path in (self.relay.journal / "dead").glob("*.gz")))
        self.assertEqual(letters.count(b" v=7 "), 1)

    def test_losses_uncounted(self):
        """cannot be told from silence; here every point is delivered or in a count with its reason,
        in /metrics, in /status with its time, and in the log."""
        self.start(DEAD, 'max_bytes = "16MiB"\nsegment_bytes = "1MiB"\ntail_bytes = "1MiB"')
        self.push(120, fields=10)
        harness.wait_for("some to be lost", lambda: self.sink()["losses"])
        self.hang_up(self.relay.config.read_text().replace(DEAD, self.door.url))
        harness.wait_for("the rest to arrive", self.relay.has_delivered_all, 60)

        def told():
            status = self.sink()
            (one,) = status["losses"]
            (lost,) = [points for name, points in self.relay.metrics().items() if name.startswith(
                "pverelay_sink_lost_points_total{") and 'reason="max_bytes"' in name]
            whole = one["points"] + len(set(self.door.held)) == self.pushed
            return whole and lost == one["points"] == status["lost_records"] and one
        one = harness.wait_for("the loss to be told", told, 10)
        self.assertEqual(one["reason"], "max_bytes")
        self.assertEqual(one["from"], time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.at)))
        self.assertIn("sink influx lost ", self.relay.log())

    def test_one_late_sample_costing_a_whole_remote_write_request(self):
        """is Prometheus' own rule; here the sample is found, and costs itself."""
        prometheus = harness.Prometheus(self.path).start()
        self.addCleanup(prometheus.stop)
        self.relay = harness.Relay(self.path, [harness.prometheus_sink(prometheus.url)],
                                   extra='[delivery]\nbackoff_first = "20ms"\n')
        self.relay.start()
        now = int(time.time()) - 60
        lines = [f"late,n=n{n} v={n} {now}000000000" for n in range(100)]
        self.assertEqual(self.relay.write("\n".join(lines))[0], 204)
        harness.wait_for("the first to arrive", self.relay.has_delivered_all)

        lines = [f"late,n=n{n} v={n} {now + 10 if n != 37 else now - 10}000000000"
                 for n in range(100)]
        self.assertEqual(self.relay.write("\n".join(lines))[0], 204)
        harness.wait_for("the others to arrive", self.relay.has_delivered_all)
        values = {labels["n"]: len(samples) for labels, samples in prometheus.export()
                  if labels["__name__"] == "late_v"}
        self.assertEqual(values, {f"n{n}": 1 if n == 37 else 2 for n in range(100)})
        dropped = {name: value for name, value in self.relay.metrics().items()
                   if name.startswith("pverelay_sink_dropped_points_total") and value}
        self.assertEqual(list(dropped.values()), [1], dropped)
        self.assertIn('reason="out_of_order"', list(dropped)[0])

    def test_every_loss_of_the_table_is_tested(self):
        table = (harness.ROOT / "docs/delivery.md").read_text()
        named = set(re.findall(r"`(test_\w+)`", table.split("## What others have lost")[1]))
        tests = {name for name in dir(self) if name.startswith("test_")}
        self.assertEqual(named, tests - {"test_every_loss_of_the_table_is_tested"})


if __name__ == "__main__":
    unittest.main(verbosity=2)
