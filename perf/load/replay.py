#!/usr/bin/env python3
"""An hour of outage of a cluster of 2,000 guests, and how soon it is made good.

Both stores are dead while 32 nodes push an hour of cycles (360 of 10 s, each of 22,000 lines), as
fast as the relay answers. Then a receiver that counts takes their place. Measured are how long each sink needs for
the backlog, from its first delivered point on, how much memory the relay has meanwhile, and how
long a line that is pushed in the middle of it is on its way to the store of line protocol, which
gets live data first. All that was pushed must have been counted, by the store of line protocol
once.

--sinks leaves one out; --store victoria-metrics takes a real store in place of the receiver, which
has its own limits: it needs some CPU seconds for every ten million samples.
"""

import argparse
import json
import pathlib
import re
import sys
import tempfile
import time
import urllib.parse
import urllib.request

import load

LIVE_SECONDS = 1.0  # between two live lines
# As the default, but for how long a sink may wait before it notices that its store is back.
DELIVERY = '[delivery]\nbackoff_max = "1s"\n'
SINKS = {"influx": load.influx_sink, "prometheus": load.prometheus_sink}


class CountingStore(load.Receiver):
    def __init__(self, options, port, _directory):
        super().__init__(options.build / "perf/load/counting_receiver", port)

    def influx_lines(self):
        return self.counts()["influx"]["lines"]

    def samples(self, sink):
        counts = self.counts()["influx" if sink == "influx" else "remote_write"]
        if counts["broken"]:
            raise SystemExit(f"replay: {counts['broken']} broken requests arrived")
        return counts["samples"]

    def live_lines(self):
        return self.counts()["influx"]["marked"]


class VictoriaMetrics(load.Daemon):
    def __init__(self, options, port, directory):
        super().__init__("victoria-metrics", [
            options.build.parent / "stores/bin/victoria-metrics", "-retentionPeriod=10y",
            f"-storageDataPath={directory}/victoria-metrics",
            f"-httpListenAddr=127.0.0.1:{port}"], directory, 0)
        self.url = f"http://127.0.0.1:{port}"
        self.wait_until(lambda: load.get(self.url + "/health"))

    def influx_lines(self):
        return None  # it counts fields only

    def samples(self, sink):
        kind = "influx" if sink == "influx" else "promremotewrite"
        page = load.get(self.url + "/metrics").decode()
        return int(re.search(rf'^vm_rows_inserted_total{{type="{kind}"}} (\d+)', page, re.M)[1])

    def live_lines(self):
        load.get(self.url + "/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": "marked_live_v"})
        series = load.get(f"{self.url}/api/v1/export?{query}").splitlines()
        return sum(len(json.loads(one)["values"]) for one in series)


STORES = {"counting": CountingStore, "victoria-metrics": VictoriaMetrics}


class LivePoints:
    """A marked line now and then, and when the store had it: one after the other, between looks."""

    def __init__(self, relay, store):
        self.write = f"{relay.url}/api/v2/write?org=o&bucket=b"
        self.store, self.took = store, []
        self.pushed_at, self.is_awaited = 0.0, False

    def step(self):
        now = time.monotonic()
        if self.is_awaited:
            self.is_awaited = self.store.live_lines() <= len(self.took)
            if not self.is_awaited:
                self.took.append(time.monotonic() - self.pushed_at)
        elif now > self.pushed_at + LIVE_SECONDS:
            self.pushed_at, self.is_awaited = now, True
            line = f"marked_live,host=a v={len(self.took)} {time.time_ns()}\n"
            load.get(urllib.request.Request(self.write, line.encode()))


class Replay:
    """From the moment the store is back to the last record of the backlog."""

    def __init__(self, relay, store):
        self.relay, self.store = relay, store
        self.backlog = self.status()["journal"]
        self.memory_before_mib = relay.memory_mib()
        self.begun, self.ended, self.owed, self.memory_mib = {}, {}, {}, 0.0

    def status(self):
        return json.loads(load.get(self.relay.admin + "/status"))

    def watch(self, seconds):
        up, live = time.monotonic(), LivePoints(self.relay, self.store)
        while not self.look() or live.is_awaited:
            if time.monotonic() > up + seconds:
                raise SystemExit(f"replay: not done after {seconds} s: {self.status()['sinks']}")
            # What is pushed before the sink has noticed that its store is back is backlog as well.
            if live.is_awaited or self.owed.get("influx"):
                live.step()
            time.sleep(0.01)
        self.live, self.all_seconds = live.took, max(self.ended.values()) - up

    def look(self):
        """Notes when a sink began and ended; returns whether all have. Memory is looked at too: the
        peak that the system keeps may be of the time before."""
        self.memory_mib = max(self.memory_mib, self.relay.memory_mib())
        sinks, now = self.status()["sinks"], time.monotonic()
        self.owed = {sink["name"]: sink["owed_records"] for sink in sinks}
        for sink in sinks:
            if sink["points_delivered"]:
                self.begun.setdefault(sink["name"], now)
            if sink["delivered_sequence"] >= self.backlog["newest_sequence"] and (
                    not sink["owed_records"]):
                self.ended.setdefault(sink["name"], now)
        return len(self.ended) == len(sinks)

    def seconds(self, sink):
        return self.ended[sink] - self.begun[sink]


def check_counts(replay, store, sinks, pushed):
    """Whether what was pushed has arrived, as a list of what is wrong."""
    wrong, live = [], len(replay.live)
    for sink in sinks:
        arrived = store.samples(sink)
        if arrived < pushed["numbers"] + live:
            wrong.append(f"{sink}: {arrived} samples arrived of {pushed['numbers']} numbers")
    lines = store.influx_lines() if "influx" in sinks else None
    if lines is not None and lines != pushed["lines"] + live:
        wrong.append(f"influx: {lines} lines arrived of {pushed['lines']} and {live} live ones")
    for sink in replay.status()["sinks"]:
        if sink["points_dropped"] or sink["losses"]:
            wrong.append(f"{sink['name']}: {sink['points_dropped']} points dropped, {sink['losses']}")
    return wrong


def report(replay, store, sinks, pushed):
    print(f"\nbacklog: {pushed['lines']:,} lines, {pushed['numbers']:,} numbers, "
          f"{pushed['bytes'] / 1e9:.2f} GB of line protocol, {replay.backlog['bytes'] / 1e6:,.0f} "
          f"MB in the journal, pushed in {pushed['seconds']:.0f} s")
    for sink in sinks:
        samples, seconds = store.samples(sink), replay.seconds(sink)
        print(f"{sink:10} {samples:12,} samples in {seconds:6.1f} s, {samples / seconds:12,.0f} a second")
    print(f"all of it {replay.all_seconds:.1f} s after the store came back\n"
          f"resident {replay.memory_before_mib:.1f} MiB before the replay, at most "
          f"{replay.memory_mib:.1f} MiB during it, {replay.relay.memory_mib('VmHWM'):.1f} MiB ever")
    if replay.live:
        print(f"live lines: {len(replay.live)}, in the store after {max(replay.live):.2f} s at most, "
              f"{sum(replay.live) / len(replay.live):.2f} s on average", flush=True)


def run(options, directory):
    port = load.free_port()
    url = f"http://127.0.0.1:{port}"
    sections = [DELIVERY, *(SINKS[name](url) for name in options.sinks)]
    with load.start_relay(options.relay, directory, *sections) as relay:
        pushed = load.push(options.build / "perf/load/pusher", relay.url, options.nodes,
                           options.guests, options.cycles, 0)
        if pushed["failures"]:
            raise SystemExit(f"replay: {pushed['failures']} pushes failed ({pushed['error']})")
        time.sleep(options.pause)
        with STORES[options.store](options, port, directory) as store:
            replay = Replay(relay, store)
            replay.watch(options.seconds)
            report(replay, store, options.sinks, pushed)
            return check_counts(replay, store, options.sinks, pushed)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=load.ROOT / "build/release")
    parser.add_argument("--relay", type=pathlib.Path, help="pverelay; default: that of the build")
    parser.add_argument("--directory", type=pathlib.Path, default=load.ROOT / "build",
                        help="where the journal is put: a real disk (default: build)")
    parser.add_argument("--nodes", type=int, default=32)
    parser.add_argument("--guests", type=int, default=75,
                        help="of each node; 75 make a cycle of 22,000 lines and 8 MB, which is what "
                             "2,000 guests push that have more disks and storages than simulated ones")
    parser.add_argument("--cycles", type=int, default=360)
    parser.add_argument("--store", choices=STORES, default="counting")
    parser.add_argument("--sinks", nargs="+", choices=SINKS, default=list(SINKS))
    parser.add_argument("--pause", type=float, default=6.0,
                        help="seconds of silence before the store comes back: what was pushed last "
                             "is then older than delivery.live_age_max, as in an outage")
    parser.add_argument("--seconds", type=float, default=240.0, help="for the replay at most")
    options = parser.parse_args()
    options.relay = options.relay or options.build / "pverelay"
    return options


def main():
    load.end_daemons_when_told_to_end()
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.directory.resolve(), prefix="replay-") as directory:
        wrong = run(options, directory)
    print("\n".join(wrong), file=sys.stderr, end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
