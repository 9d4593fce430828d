"""./dev torture: random faults under load, and a ledger of every line that was answered 204.

The released relay takes lines over HTTP and UDP and has two stores: one of line protocol, which
keeps its own book, and a VictoriaMetrics for remote write. Both stand behind doors that fail on
demand (fault_door.py). Meanwhile the relay is killed, restarted and given other and wrong
configurations, its disk is full, broken or slow, its clock is set and its journal's tail is torn.
At the end everything is well again, and

- each line answered 204 is in each store, or
- the store refused that very line, which was marked as poison for it, and it stands in the dead
  letters, whole, with that sink and the reason (or a disk that took nothing cost it, counted), or
- it was in a segment that went because the disk was full, and was counted as lost, or
- its answer said "X-Relay-Durable: no", and the relay was killed while the disk took nothing.

Nothing else may be missing, and nothing may be there that was not sent. Lines of datagrams are
owed once the relay has counted them and was not killed after.

The seed decides all that is done; when a process is scheduled it does not, so that a repeated run
is much the same run, not the very same.
"""

import argparse
import collections
import errno
import os
import random
import shutil
import signal
import sys
import threading
import time

import fault_door
import harness
import torture_letters
import torture_load
import torture_verdict

PUSHERS = 4
SETTLE_SECONDS = 120
CURSOR_SECONDS = 3  # a cursor may be so old, while the disk takes nothing


class Moods(threading.Thread):
    """Gives a door one fault after the other."""

    def __init__(self, run, door):
        super().__init__(daemon=True)
        self.door, self.calm, self.is_calm = door, threading.Event(), threading.Event()
        self.chance = random.Random(f"{run.seed} {door.name}")
        self.failed = None

    def run(self):
        bag = []
        try:
            while True:
                self.rest(self.chance.uniform(0.2, 2.0))
                bag = bag or self.chance.sample(fault_door.FAULTS, len(fault_door.FAULTS))
                fault = bag.pop()
                self.door.begin(fault)
                self.calm.wait(self.chance.uniform(0.3, 3.0))
                self.door.end()
        except AssertionError as error:
            self.failed = error

    def rest(self, seconds):
        time.sleep(seconds)
        while self.calm.is_set():
            self.is_calm.set()
            time.sleep(0.02)
        self.is_calm.clear()


class Torture:
    def __init__(self, seed, minutes):
        self.seed, self.seconds = seed, minutes * 60
        self.chance = random.Random(f"{seed} relay")
        self.life, self.failures, self.killed_failures, self.lost = 1, 0, set(), []
        self.doubts = []  # from and to of each time at which answers may not have been noted
        self.done, self.torn, self.history = collections.Counter(), 0, []
        self.lean = []  # times at which the disk took nothing
        self.path = harness.TemporaryDirectory().path
        self.host = harness.HostileHost(self.path)
        self.store = harness.VictoriaMetrics(self.path).start()
        self.doors = [
            fault_door.FaultDoor("influx", fault_door.points_of_lines),
            fault_door.FaultDoor("remote", fault_door.points_of_remote_write, self.store.url)]
        # With the small one sinks read from the disk, and a disk that is full costs them something.
        tail = random.Random(f"{seed} tail").choice(("32KiB", "8MiB"))
        self.relay = harness.Relay(
            self.path, [harness.influxdb_sink(self.doors[0].url, "influx", 'start = "oldest"'),
                        harness.prometheus_sink(self.doors[1].url, "remote", 'start = "oldest"')],
            extra='[delivery]\nbackoff_first = "50ms"\nbackoff_max = "1s"\n'
                  'retry_after_max = "2s"\nprobe_body_min = "1KiB"\n',
            journal=f'segment_bytes = "1MiB"\ntail_bytes = "{tail}"', udp=True,
            environment=self.host.environment)
        self.config = self.relay.config.read_text()
        # Of a sink that comes and goes; it takes everything and nothing is owed to it.
        self.spare = fault_door.FaultDoor("spare", fault_door.points_of_lines)
        self.moods = [Moods(self, door) for door in self.doors]
        self.datagrams = torture_load.DatagramSender(self)
        self.pushers = [torture_load.Pusher(self, number) for number in range(PUSHERS)]

    # ---- what is done to the relay

    def kill(self):
        self.relay.kill()
        self.begin_life(settled=False)

    def terminate(self):
        with self.datagrams.lock:
            self.datagrams.settle()
            code = self.relay.stop()
            if code != 0:
                raise AssertionError(f"the relay ended with {code}")
            self.begin_life(settled=True)

    def tear_tail(self):
        """Garbage behind the last record, as a crash may leave it."""
        self.relay.kill()
        written = [path for path in sorted(self.relay.journal.glob("*.lp.gz"))
                   if path.stat().st_size]
        torn = bool(written)
        if torn:
            record = written[-1].read_bytes()[:200]
            garbage = self.chance.choice([
                bytes(self.chance.randrange(1, 5000)), record[:self.chance.randrange(1, 90)],
                self.chance.randbytes(self.chance.randrange(1, 5000)), b"\x1f\x8b\x08\x04" * 9])
            with written[-1].open("ab") as file:
                file.write(garbage)
        self.begin_life(settled=False)
        if torn and not self.relay.metrics().get("pverelay_journal_damaged_bytes_total"):
            raise AssertionError(f"a torn tail of {written[-1]} was not noticed")
        self.torn += torn

    def begin_life(self, settled):
        now = time.monotonic()
        self.doubts.append((now - CURSOR_SECONDS, now + fault_door.SLOW_SECONDS_MAX + 1))
        if not settled:
            self.datagrams.lock.acquire()
        try:
            self.relay.start()
            self.life += 1
            self.datagrams.this_life = []
        finally:
            if not settled:
                self.datagrams.lock.release()

    def reload(self):
        """Another configuration: sinks that change go on from where they were."""
        chance = self.chance
        text = self.config
        for door in self.doors:
            if chance.randrange(2):
                text = text.replace(f'name = "{door.name}"\n', f'name = "{door.name}"\n'
                                    f'timeout = "{chance.randrange(20, 40)}s"\n')
        if chance.randrange(2):
            text += harness.influxdb_sink(self.spare.url, "spare")
        if chance.randrange(2):
            text += f'[ingest]\ndatagram_wait = "{chance.randrange(100, 1000)}ms"\n'
        begun = time.monotonic()
        self.hang_up(text, is_good=True)
        self.doubts.append((begun, time.monotonic() + fault_door.SLOW_SECONDS_MAX + 1))

    def reload_wrong(self):
        """The one before stays in force, and on disk for the next start."""
        before = self.relay.config.read_text()
        self.hang_up(self.chance.choice([
            "", before[:len(before) // 2] + "[[", before + '[jurnal]\nsync = "none"\n',
            before + harness.influxdb_sink("gopher://nowhere", "spare"),
            before.replace('name = "remote"', 'name = "influx"')]), is_good=False)
        self.relay.config.write_text(before)

    def hang_up(self, text, is_good):
        count = self.relay.status()["config"]["count"]
        self.relay.config.write_text(text)
        self.relay.child.send_signal(signal.SIGHUP)
        harness.wait_for("the configuration to be read",
                         lambda: self.relay.status()["config"]["count"] > count, 20)
        if self.relay.status()["config"]["successful"] != is_good:
            raise AssertionError(f"a {'good' if is_good else 'wrong'} configuration was "
                                 f"{'refused' if is_good else 'taken'}:\n{text}")

    def fill_disk(self):
        """The oldest segments go, whether the sinks have them or not; what that costs is told."""
        lost = torture_verdict.Lost(self.points_lost())
        kept = self.path / f"full-{self.failures}"
        kept.mkdir()
        for path in self.relay.journal.glob("*.lp.gz"):
            os.link(path, kept / path.name)  # the relay's own file, also when it has no name
        self.fail_writes(errno.ENOSPC)
        self.host.heal_writes()
        self.calm_doors()
        newest = self.wait_for_disk()
        self.wait_for_sinks(newest)
        lost.read(sorted(kept.glob("*.lp.gz")))
        lost.counted = {name: points - lost.before.get(name, 0)
                        for name, points in self.points_lost().items()}
        self.lost.append(lost)
        self.lean[-1].end()
        shutil.rmtree(kept)
        self.stir_doors()

    def break_disk(self):
        self.fail_writes(errno.EIO)
        self.host.heal_writes()
        self.wait_for_disk()
        time.sleep(0.5)  # letters that waited have been written, or given up
        self.lean[-1].end()

    def kill_on_broken_disk(self):
        self.fail_writes(errno.EIO)
        self.relay.kill()
        self.killed_failures.add(self.failures)
        self.host.heal_writes()
        self.lean[-1].end_killed()
        self.begin_life(settled=False)

    def hang_sync(self):
        self.host.sync.hang_once(self.chance.uniform(0.5, 3.0))

    def fail_sync(self):
        self.host.sync.hang_once(self.chance.choice([0, 0.2]), errno.EIO)

    def step_clock(self):
        self.host.step_clock(self.chance.choice([
            self.chance.randrange(-480, 0), self.chance.randrange(1, 7200),
            self.chance.randrange(1, 30) * 86400]))

    FAULTS = (kill, terminate, tear_tail, reload, reload_wrong, fill_disk, break_disk, kill_on_broken_disk, hang_sync,
              fail_sync, step_clock)

    def fail_writes(self, error):
        self.failures += 1
        self.lean.append(torture_letters.Lean(self))
        self.host.fail_writes(error)
        time.sleep(self.chance.uniform(0.2, 1.5))

    @staticmethod
    def now():
        return time.monotonic()

    # ---- what is waited for

    def wait_for_disk(self):
        harness.wait_for("the disk to be taken again", lambda: self.relay.status() and
                         self.relay.metrics()["pverelay_journal_memory_only"] == 0, 15)
        return self.relay.status()["journal"]["newest_sequence"]

    def wait_for_sinks(self, newest, seconds=60):
        harness.wait_for("the sinks to catch up", lambda: all(
            sink["delivered_sequence"] >= newest and sink["owed_records"] == 0
            for sink in self.relay.status()["sinks"]), seconds)

    def points_lost(self):
        lost = {door.name: 0 for door in self.doors}
        for name, points in self.relay.metrics().items():
            if name.startswith("pverelay_sink_lost_points_total{"):
                sink = name.split('sink="')[1].split('"')[0]
                lost[sink] = lost.get(sink, 0) + int(points)
        return lost

    def calm_doors(self):
        for mood in self.moods:
            mood.calm.set()
        harness.wait_for("the doors to be calm", lambda: all(
            mood.is_calm.is_set() for mood in self.moods) or self.check_moods(), 70)

    def check_moods(self):
        for mood in self.moods:
            if mood.failed:
                raise mood.failed

    def stir_doors(self):
        for mood in self.moods:
            mood.calm.clear()
            mood.is_calm.clear()

    # ---- the run

    def drive(self):
        self.relay.start()
        for thread in (*self.moods, *self.pushers, self.datagrams):
            thread.start()
        begun, bag = time.monotonic(), []
        while time.monotonic() < begun + self.seconds:
            time.sleep(self.chance.uniform(0.3, 2.0))
            bag = bag or self.chance.sample(self.FAULTS, len(self.FAULTS))
            fault = bag.pop()
            self.history.append((time.monotonic(), fault.__name__))
            fault(self)
            self.done[fault.__name__] += 1
            self.check_moods()
            if not self.relay.is_running():
                raise AssertionError(f"the relay ended with {self.relay.child.returncode}")

    def settle(self):
        self.host.heal_writes()
        self.host.step_clock(0)
        for thread in (*self.pushers, self.datagrams):
            thread.stopping.set()
        for thread in (*self.pushers, self.datagrams):
            thread.join(30)
        self.calm_doors()
        self.datagrams.settle()
        self.wait_for_disk()
        time.sleep(1.5)  # datagram_wait: what came last is on its way to the journal
        self.wait_for_sinks(self.relay.status()["journal"]["newest_sequence"], SETTLE_SECONDS)

    def keep_evidence(self):
        kept = harness.ROOT / f"build/torture-{self.seed}"
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(self.relay.journal, kept / "journal",
                        ignore=shutil.ignore_patterns("control"))  # a socket
        shutil.copy(self.relay.output, kept)
        return kept


def main():
    arguments = argparse.ArgumentParser(prog="./dev torture", description=__doc__,
                                        formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=2.0)
    arguments.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    options = arguments.parse_args()
    print(f"torture for {options.minutes:g} minutes, --seed {options.seed}", flush=True)
    run = Torture(options.seed, options.minutes)
    try:
        run.drive()
        run.settle()
        problems, line = torture_verdict.Verdict(run).reach()
    except AssertionError as error:
        problems, line = [str(error)], f"torture: ended early, --seed {options.seed}"
    if problems:
        print("\n".join(problems[:20] + problems[20:][-20:]), file=sys.stderr)
        print(f"{len(problems)} problems; log and journal are in {run.keep_evidence()}",
              file=sys.stderr)
    run.relay.stop()
    run.store.stop()
    print(line, flush=True)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
