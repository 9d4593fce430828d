"""The spool is something one can look into: `pverelay journal` beside a running relay, and without."""

import base64
import http.server
import gzip
import json
import os
import subprocess
import threading
import time
import unittest

import harness
import recorder

BASE = 1755785270


def pverelay(*arguments, check=0, data=None):
    done = subprocess.run([str(harness.RELAY), *[str(a) for a in arguments]], capture_output=True,
                          timeout=120, check=False, input=data)
    if done.returncode != check:
        raise AssertionError(f"{arguments} ended with {done.returncode}, not {check}:\n"
                             f"{done.stdout[-2000:]!r}\n{done.stderr[-2000:]!r}")
    return done.stdout


class Journal(unittest.TestCase):
    def setUp(self):
        self.path = harness.TemporaryDirectory().path
        # A dead store, so that nothing is delivered and deleted.
        self.relay = harness.Relay(self.path, [harness.influxdb_sink("http://127.0.0.1:9")],
                                   journal='max_bytes = "64MiB"\nsegment_bytes = "1MiB"')

    def tearDown(self):
        if self.relay.child:
            self.relay.stop()

    def journal(self, command, *arguments, **options):
        return pverelay("journal", command, "--config", self.relay.config, *arguments, **options)

    def as_json(self, command, *arguments, **options):
        return json.loads(self.journal(command, "--json", *arguments, **options))

    def write(self, text, expect=204, query="org=proxmox&bucket=proxmox"):
        self.assertEqual(self.relay.write(text, query=query)[0], expect)

    def write_incompressible(self, seconds):
        """About 100 kB on disk, of one point in time."""
        rows = "".join(
            f"bulk,row=r{row} v=\"{base64.b64encode(os.urandom(900)).decode()}\" {seconds}000000000\n"
            for row in range(100))
        self.write(rows)

    def test_ls_and_cat_show_what_was_pushed(self):
        self.relay.start()
        for number in range(5):
            self.write(f"m,n={number} v={number} {BASE + number}000000000\n")
        self.write(f"other v=1 {BASE}000000000\n", query="org=a&bucket=second")
        found = self.as_json("ls")
        self.assertTrue(found["running"])
        self.assertEqual(found["total"]["points"], 6)
        self.assertEqual(found["segments"][-1]["state"], "open")
        (sink,) = found["sinks"]
        self.assertEqual((sink["name"], sink["configured"], sink["owed"]["points"]),
                         ("influx", True, 6))
        self.assertIn(b"sink influx", self.journal("ls"))

        lines = [f"m,cluster=lab,n={n} v={n} {BASE + n}000000000" for n in range(5)]
        lane = self.journal("cat", "--lane", "lab/proxmox").decode().splitlines()
        self.assertEqual(lane, lines)
        part = self.journal("cat", "--lane", "/proxmox", "--from", "2025-08-21T14:07:51Z",
                            "--to", "2025-08-21T14:07:53Z").decode().splitlines()
        self.assertEqual(part, lines[1:3])
        self.assertEqual(len(self.journal("cat", "--sink", "influx").splitlines()), 6)
        self.journal("cat", "--sink", "nobody", check=1)
        self.journal("cat", "--from", "yesterday", check=64)
        self.assertEqual(self.journal("cat", "--from", "5m"), b"")
        records = [json.loads(line) for line in self.journal("cat", "--json").splitlines()]
        self.assertEqual(sum(len(record["lines"]) for record in records), 6)
        self.relay.stop()
        self.assertFalse(self.as_json("ls")["running"])
        without_config = json.loads(pverelay("journal", "ls", "--json", "--directory",
                                             self.relay.journal))
        self.assertEqual(without_config["total"]["points"], 6)

    def test_verify_is_0_beside_a_relay_under_load_and_1_after_a_flipped_bit(self):
        self.relay.start()
        stop = threading.Event()
        statuses = []

        def load():
            number = 0
            while not stop.is_set():
                number += 1
                body = "".join(f"load,row=r{row} v={number} {BASE + number}000000000\n"
                               for row in range(500))
                statuses.append(self.relay.write(body)[0])

        pusher = threading.Thread(target=load)
        pusher.start()
        try:
            for _ in range(10):
                result = self.as_json("verify")
                self.assertTrue(result["sound"], result)
            text = gzip.decompress(self.journal("export")).decode()
            self.assertEqual(text[-1:], "\n")
        finally:
            stop.set()
            pusher.join()
        self.assertEqual(set(statuses), {204})
        self.relay.stop()
        result = self.as_json("verify")
        self.assertEqual((result["sound"], result["points"]), (True, 500 * len(statuses)))
        self.assertEqual(result["notes"], [])

        segment = sorted(self.relay.journal.glob("*.lp.gz"))[0]
        whole = segment.read_bytes()
        segment.write_bytes(whole[:300] + bytes([whole[300] ^ 4]) + whole[301:])
        told = self.journal("verify", check=1).decode()
        self.assertIn(segment.name, told)
        self.assertIn("damaged", told)

    def test_an_export_goes_into_victoria_metrics_with_curl(self):
        store = harness.VictoriaMetrics(self.path).start()
        self.relay.start()
        at = int(time.time()) - 600
        harness.simulate(self.relay.url, "--nodes", 2, "--guests", 5, "--cycles", 3,
                         "--start", at)
        self.write(f"late,host=a v=1 {at + 100}000000000\nlate,host=a v=2 {at + 101}000000000\n")
        file = self.path / "export.lp.gz"
        self.journal("export", "--output", file)
        lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        total = self.as_json("ls")["total"]["points"]
        self.assertEqual(len(lines), total)
        zcat = subprocess.run(
            f"zcat {file} | curl -sS --fail --data-binary @- '{store.url}/write'",
            shell=True, capture_output=True, check=False)
        self.assertEqual((zcat.returncode, zcat.stderr), (0, b""))
        harness.wait_for("the store to have it",
                         lambda: len(list(store.export('{__name__="late_v"}'))) == 1)
        (series,) = store.export('{__name__="late_v"}')
        self.assertEqual([value for _, value in series[1]], [1, 2])
        # Nothing is gzip, too.
        self.assertEqual(gzip.decompress(self.journal("export", "--lane", "nobody")), b"")
        self.assertEqual(subprocess.run(["gzip", "-dc"], input=self.journal(
            "export", "--lane", "nobody"), capture_output=True, check=True).stdout, b"")
        # A part of a record is compressed anew and is valid just the same.
        part = self.journal("export", "--from", time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + 101)))
        self.assertEqual(gzip.decompress(part).decode(),
                         f"late,cluster=lab,host=a v=2 {at + 101}000000000\n")
        store.stop()

    def fill(self):
        """Segments of a known age each: returns the second of the newest point."""
        for number in range(60):
            self.write_incompressible(BASE + number)
        return BASE + 59

    def test_purge_deletes_whole_old_segments_and_counts_what_a_sink_loses(self):
        self.relay.start()
        self.fill()
        before = self.as_json("ls")
        self.assertGreater(len(before["segments"]), 4)
        second = before["segments"][1]["newest"]
        # Without a terminal it does not ask, and does nothing.
        self.journal("purge", "--before", second, check=1)
        self.assertEqual(len(self.as_json("ls")["segments"]), len(before["segments"]))

        gone = self.as_json("purge", "--before", second, "--yes")
        self.assertGreaterEqual(gone["files"], 1)
        after = self.as_json("ls")
        self.assertEqual(len(after["segments"]), len(before["segments"]) - gone["files"])
        harness.wait_for("the loss to be counted",
                         lambda: self.relay.status()["sinks"][0]["lost_records"] > 0)
        self.assertIn("the operator asked for it", self.relay.log())
        self.write("m v=1\n")

        self.relay.stop()
        # Without a relay the command does it itself; the newest segment knows where the count is.
        self.journal("purge", "--before", "now", "--yes")
        (left,) = self.as_json("ls")["segments"]
        self.relay.start()
        self.write("m v=2\n")
        self.assertEqual(self.as_json("ls")["segments"][-1]["first"], left["last"] + 1)

    def test_the_cursor_of_a_sink_that_is_gone_can_be_forgotten(self):
        self.relay.start()
        self.journal("purge", "--sink", "influx", "--yes", check=1)
        self.relay.stop()
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace('name = "influx"', 'name = "another"'))
        self.relay.start()
        names = {sink["name"]: sink["configured"] for sink in self.as_json("ls")["sinks"]}
        self.assertEqual(names, {"influx": False, "another": True})
        self.journal("purge", "--sink", "influx", "--yes")
        self.assertEqual([sink["name"] for sink in self.as_json("ls")["sinks"]], ["another"])
        self.journal("purge", "--sink", "influx", "--yes", check=1)

    def test_refused_lines_are_kept_shown_pushed_again_and_purged(self):
        self.relay.start()
        at = time.time_ns()
        ahead = at + 3600 * 10**9
        self.write(f"good v=1 {at}\nbad\xff\\ v= {at}\n".encode("latin-1"))
        self.write(f"ahead v=7 {ahead}\n", expect=400)
        harness.wait_for("both to be on disk",
                         lambda: len(self.journal("cat", "--dead").splitlines()) == 2)
        self.assertEqual(self.journal("cat", "--dead"),
                         f"bad\xff\\ v= {at}\nahead v=7 {ahead}\n".encode("latin-1"))
        first, second = [json.loads(line)
                         for line in self.journal("cat", "--dead", "--json").splitlines()]
        self.assertEqual((first["reason"], first["number"], first["bucket"], first["from"]),
                         ("missing field value", 2, "proxmox", "127.0.0.1"))
        self.assertEqual(second["reason"], "timestamp too far ahead")
        reasons = {kind["reason"]: kind["lines"] for kind in self.as_json("ls", "--dead")}
        self.assertEqual(reasons, {"missing field value": 1, "timestamp too far ahead": 1})
        metrics = self.relay.metrics()
        self.assertEqual(
            metrics['pverelay_dead_letter_lines_total{sink="",reason="missing field value"}'], 1)
        self.assertGreater(metrics["pverelay_dead_letter_bytes"], 0)
        self.assertEqual(self.relay.status()["dead_letters"]["lines"], 2)

        self.assertEqual(self.as_json("replay", "--dead", "--dry-run")["lines"], 2)
        self.assertEqual(self.as_json("replay", "--dead")["rejected"], 2)
        # The clock is set right: now the second one is taken.
        self.relay.stop()
        text = self.relay.config.read_text()
        self.relay.config.write_text(text.replace("[journal]", '[ingest]\nahead_max = "2h"\n[journal]'))
        self.relay.start()
        again = self.as_json("replay", "--dead", "--to", "now")
        self.assertEqual((again["accepted"], again["rejected"]), (2, 2))  # it was refused twice
        self.assertIn(f"ahead,cluster=lab v=7 {ahead}\n".encode(),
                      self.journal("cat", "--lane", "lab/proxmox"))

        self.journal("purge", "--dead", "--yes")
        harness.wait_for("the letters to be gone",
                         lambda: self.journal("cat", "--dead") == b"")
        self.write("bad again\n", expect=400)
        harness.wait_for("a new letter", lambda: self.journal("cat", "--dead") == b"bad again\n")
        self.relay.stop()
        self.assertEqual(self.as_json("purge", "--dead", "--yes")["files"], 1)
        self.journal("replay", "--dead", check=1)

    def test_dead_letters_survive_a_kill(self):
        self.relay.start()
        self.write("bad one\n", expect=400)
        harness.wait_for("it to be on disk", lambda: self.journal("cat", "--dead"))
        self.relay.kill()
        self.assertEqual(self.journal("cat", "--dead"), b"bad one\n")
        self.relay.start()
        self.write("bad two\n", expect=400)
        harness.wait_for("both", lambda: self.journal("cat", "--dead") == b"bad one\nbad two\n")

    def test_a_span_is_delivered_again_to_one_sink(self):
        first = harness.VictoriaMetrics(self.path, "first-store").start()
        second = harness.VictoriaMetrics(self.path, "second-store").start()
        # A dead sink keeps the segments.
        self.relay = harness.Relay(self.path, [
            harness.influxdb_sink(first.url, "first"), harness.influxdb_sink(second.url, "second"),
            harness.influxdb_sink("http://127.0.0.1:9", "dead")])
        self.relay.start()
        at = int(time.time()) - 600
        for number in range(20):
            self.write(f"again v={number} {at + number}000000000\n")

        def held(store):
            return sorted(value for _, samples in store.export('{__name__="again_v"}')
                          for _, value in samples)

        harness.wait_for("both stores to have all", lambda: held(first) == held(second) == list(range(20)))
        for store in (first, second):  # both lose everything
            harness.http("POST", store.url + "/api/v1/admin/tsdb/delete_series?match[]=again_v")
        harness.wait_for("it to be gone", lambda: held(first) == held(second) == [])

        def moment(second):
            return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + second))

        part = ("--sink", "second", "--from", moment(5), "--to", moment(9))
        said = self.as_json("replay", *part, "--dry-run")
        self.assertEqual((said["records"], said["points"], said["dry_run"]), (4, 4, True))
        self.assertEqual(held(second), [])
        self.assertEqual(self.as_json("replay", *part)["points"], 4)
        harness.wait_for("that span to be there again", lambda: held(second) == [5, 6, 7, 8])
        self.assertEqual(held(first), [])
        self.journal("replay", "--sink", "nobody", check=1)
        self.journal("replay", check=64)
        # A span that was not delivered yet is no replay.
        self.assertIn(b"nothing to deliver again", self.journal("replay", "--sink", "dead"))
        self.assertEqual(self.as_json("replay", "--sink", "dead")["records"], 0)
        for process in (self.relay, first, second):
            process.stop()
        self.journal("replay", "--sink", "second", check=1)

    def test_what_a_store_refuses_becomes_a_dead_letter_of_that_sink(self):
        class Picky(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["Content-Encoding"] == "gzip":
                    body = gzip.decompress(body)
                poison = b"poison" in body
                self.send_response(400 if poison else 204)
                self.end_headers()
                if poison:
                    self.wfile.write(b'{"code":"invalid","message":"no poison"}')

            def log_message(self, *_):
                pass

        server = recorder.Server(Picky)
        self.relay = harness.Relay(self.path, [
            harness.influxdb_sink(f"http://127.0.0.1:{server.server_port}", "picky"),
            harness.influxdb_sink("http://127.0.0.1:9", "dead")])
        self.relay.start()
        lines = [f"m,n={n} v={n} {BASE + n}000000000" for n in range(50)]
        lines[17] = f"poison v=1 {BASE}000000000"
        self.write("\n".join(lines) + "\n")
        harness.wait_for("the cursor to pass it", lambda: {
            sink["name"]: sink["owed"]["records"] for sink in self.as_json("ls")["sinks"]}["picky"] == 0)
        # On disk before the cursor passed.
        (letter,) = [json.loads(line) for line in
                     self.journal("cat", "--dead", "--json", "--sink", "picky").splitlines()]
        self.assertEqual((letter["sink"], letter["record"], letter["number"], letter["line"]),
                         ("picky", 1, 18, f"poison,cluster=lab v=1 {BASE}000000000"))
        self.assertEqual(self.relay.status()["sinks"][0]["points_delivered"], 49)
        server.stop()

    def test_a_control_socket_left_by_a_kill_is_replaced(self):
        self.relay.start()
        self.relay.kill()
        self.assertTrue((self.relay.journal / "control").is_socket())
        self.assertFalse(self.as_json("ls")["running"])
        self.relay.start()
        self.assertTrue(self.as_json("ls")["running"])
        self.relay.stop()
        self.assertFalse((self.relay.journal / "control").exists())

    def test_nothing_but_the_answer_is_printed_without_a_terminal(self):
        self.relay.start()
        self.fill()
        for command in ("ls", "verify", "cat"):
            done = subprocess.run([str(harness.RELAY), "journal", command, "--config",
                                   str(self.relay.config)], capture_output=True, timeout=60,
                                  check=True)
            self.assertEqual(done.stderr, b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
