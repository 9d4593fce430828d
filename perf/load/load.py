#!/usr/bin/env python3
"""The whole relay beside Debian's vmagent, under the same Proxmox-shaped load, in one run.

Throughput: 16 nodes, 960 VMs and 160 containers push as fast as answers come. The relay journals
with sync = "ack" and delivers to two sinks (InfluxDB and remote write); vmagent takes the same
bodies and delivers remote write. Both deliver into one receiver that counts. Rounds alternate, so
that what else the machine does meets both; medians are printed. CPU is that of the process, user
and system, until everything has arrived.

Samples per CPU second are those of remote write that the receiver counted. Numbers per CPU second
leave out what a program makes of strings (states and info series here, zeros there): the numbers
that were pushed, all of which must have been counted.

Paced: 2,000 guests at Proxmox's pace (a cycle of 10 s, nodes out of phase) with both stores dead:
answer times and resident memory of the relay, and its memory when idle.
"""

import argparse
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=30.0, every=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (OSError, ValueError):
            pass
        time.sleep(every)
    raise SystemExit(f"load: waited {seconds} s in vain for {what}")


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read()


class Daemon:
    """A process with its resources; ends with the block it is used in."""

    def __init__(self, name, command, directory, sinks):
        self.name, self.sinks = name, sinks
        self.log = pathlib.Path(directory) / f"{name}.log"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen([str(part) for part in command], stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL, start_new_session=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def cpu_seconds(self):
        stat = pathlib.Path(f"/proc/{self.child.pid}/stat").read_text()
        after_name = stat.rsplit(")", 1)[1].split()
        return (int(after_name[11]) + int(after_name[12])) / TICKS  # utime, stime: proc(5)

    def memory_mib(self, what="VmRSS"):
        status = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) / 1024

    def wait_until(self, condition):
        try:
            wait_for(f"{self.name} to be ready", lambda: self.child.poll() is not None or condition())
        except SystemExit as error:
            raise SystemExit(f"{error}\n{self.last_words()}") from None
        if self.child.returncode is not None:
            raise SystemExit(f"load: {self.name} ended:\n{self.last_words()}")

    def last_words(self):
        return self.log.read_text(errors="replace")[-2000:]


def influx_sink(url):
    return f"""[[sink]]
name = "influx"
type = "influxdb"
url = "{url}"
org = "o"
bucket = "b"
"""


def prometheus_sink(url):
    return f"""[[sink]]
name = "prometheus"
type = "prometheus"
url = "{url}/api/v1/write"
naming = ["measurement_field"]
"""


def start_relay(binary, directory, *sections):
    """With the given sinks, and a journal whose answers wait for the disk."""
    port, admin = free_port(), free_port()
    journal = pathlib.Path(directory) / "journal"
    journal.mkdir()
    config = pathlib.Path(directory) / "pverelay.toml"
    config.write_text(f"""
[[listen]]
type = "http"
address = "127.0.0.1:{port}"
[admin]
address = "127.0.0.1:{admin}"
[[cluster]]
name = "lab"
[presence]
enabled = false  # what is pushed is all that arrives
[journal]
directory = "{journal}"
sync = "ack"
""" + "".join(sections))
    relay = Daemon("pverelay", [binary, "run", "--config", config], directory, 2)
    relay.url = f"http://127.0.0.1:{port}"
    relay.admin = f"http://127.0.0.1:{admin}"
    relay.wait_until(lambda: get(relay.admin + "/ready"))
    return relay


def start_vmagent(binary, directory, remote_write):
    port = free_port()
    vmagent = Daemon("vmagent", [
        binary, f"-httpListenAddr=127.0.0.1:{port}", f"-remoteWrite.url={remote_write}/api/v1/write",
        f"-remoteWrite.tmpDataPath={directory}/vmagent"], directory, 1)
    vmagent.url = f"http://127.0.0.1:{port}"
    vmagent.wait_until(lambda: get(vmagent.url + "/health"))
    return vmagent


class Receiver:
    """Listens when it has been made; without a port, on any that is free."""

    def __init__(self, binary, port=0):
        self.child = subprocess.Popen([binary, str(port)], stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{self.child.stdout.readline().strip()}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()

    def counts(self):
        return json.loads(get(self.url + "/count"))


def push(binary, url, nodes, guests, cycles, interval):
    command = [str(part) for part in (binary, url, nodes, guests, cycles, interval)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(done.stdout)


def settle(receiver, seconds=60.0):
    """Waits until nothing more arrives; returns what was counted."""
    deadline = time.monotonic() + seconds
    last, since = None, time.monotonic()
    while time.monotonic() < deadline:
        counts = receiver.counts()
        if counts != last:
            last, since = counts, time.monotonic()
        elif time.monotonic() - since > 2.0:  # vmagent flushes what it holds every second
            return counts
        time.sleep(0.1)
    raise SystemExit("load: the receiver does not come to rest")


def measure(daemon, receiver, tools, load):
    """One round of load on a daemon that runs; what it cost and what arrived."""
    before, cpu = receiver.counts(), daemon.cpu_seconds()
    pushed = push(tools / "pusher", daemon.url, load.nodes, load.guests, load.cycles, 0)
    after = settle(receiver)
    spent = daemon.cpu_seconds() - cpu
    remote = after["remote_write"]["samples"] - before["remote_write"]["samples"]
    influx = after["influx"]["samples"] - before["influx"]["samples"]
    broken = after["remote_write"]["broken"] + after["influx"]["broken"]
    if pushed["failures"] or broken:
        raise SystemExit(f"load: {daemon.name}: {pushed['failures']} pushes failed "
                         f"({pushed['error']}), {broken} broken requests arrived")
    arrived = min(remote, influx) if daemon.sinks == 2 else remote
    if arrived < pushed["numbers"]:
        raise SystemExit(f"load: {daemon.name}: {arrived} samples arrived of {pushed['numbers']}")
    return {
        "numbers per CPU second": pushed["numbers"] / spent,
        "samples per CPU second": remote / spent,
        "CPU ns per number": spent / pushed["numbers"] * 1e9,
        "CPU seconds": spent,
        "numbers pushed": pushed["numbers"],
        "samples by remote write": remote,
        "fields by InfluxDB": influx,
        "numbers per second": pushed["numbers"] / pushed["seconds"],
        "answer p50, ms": pushed["p50_ms"],
        "answer p99, ms": pushed["p99_ms"],
        "answer slowest, ms": pushed["max_ms"],
        "resident, MiB": daemon.memory_mib(),
        "resident at most, MiB": daemon.memory_mib("VmHWM"),
    }


def throughput(options, tools, receiver):
    rounds = {"pverelay": [], "vmagent": []}
    for number in range(options.rounds):
        for name in rounds:
            with tempfile.TemporaryDirectory(dir=options.directory, prefix="load-") as directory:
                daemon = (start_relay(options.relay, directory, influx_sink(receiver.url),
                                      prometheus_sink(receiver.url))
                          if name == "pverelay" else
                          start_vmagent(options.vmagent, directory, receiver.url))
                with daemon:
                    rounds[name].append(measure(daemon, receiver, tools, options))
            result = rounds[name][-1]
            print(f"round {number + 1} {name:9} {result['numbers per CPU second']:12,.0f} numbers per "
                  f"CPU second, p99 {result['answer p99, ms']:.1f} ms", flush=True)
    medians = {name: {key: statistics.median(r[key] for r in results) for key in results[0]}
               for name, results in rounds.items()}
    return medians


def print_table(medians):
    ours, theirs = medians["pverelay"], medians["vmagent"]
    print(f"\n{'median':26}{'pverelay':>14}{'vmagent':>14}{'ratio':>9}")
    for key in ours:
        ratio = f"{ours[key] / theirs[key]:9.2f}" if theirs[key] else " " * 9
        digits = 0 if max(ours[key], theirs[key]) >= 1000 else 2
        print(f"{key:26}{ours[key]:14,.{digits}f}{theirs[key]:14,.{digits}f}{ratio}")


def paced(options, tools):
    """2,000 guests on 32 nodes, both stores dead: a port that nobody listens on."""
    dead = f"http://127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="load-") as directory:
        with start_relay(options.relay, directory, influx_sink(dead),
                         prometheus_sink(dead)) as relay:
            time.sleep(3)  # what starting up needed is given back or is not
            idle = relay.memory_mib()
            pushed = push(tools / "pusher", relay.url, 32, 63, options.paced_cycles, 10)
            cpu = relay.cpu_seconds()
            return {
                "answer p50, ms": pushed["p50_ms"],
                "answer p99, ms": pushed["p99_ms"],
                "answer slowest, ms": pushed["max_ms"],
                "failures": pushed["failures"],
                "resident when idle, MiB": idle,
                "resident, MiB": relay.memory_mib(),
                "resident at most, MiB": relay.memory_mib("VmHWM"),
                "CPU seconds of 60": cpu * 60 / pushed["seconds"],
            }


def check(tools, receiver):
    """Whether the measuring itself is right: all that is pushed straight into it is counted."""
    pushed = push(tools / "pusher", receiver.url, 4, 21, 3, 0)
    counted = receiver.counts()["influx"]
    owed = {"requests": pushed["pushes"], "lines": pushed["lines"], "bytes": pushed["bytes"],
            "samples": pushed["numbers"] + pushed["strings"], "marked": 0, "broken": 0}
    print(f"pushed {owed}\ncounted {counted}")
    return 0 if counted == owed and pushed["failures"] == 0 else 1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--relay", type=pathlib.Path, help="pverelay; default: that of the build")
    parser.add_argument("--vmagent", type=pathlib.Path, default=ROOT / "build/stores/bin/vmagent")
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "build",
                        help="where journals are put: a real disk (default: build)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nodes", type=int, default=16)
    parser.add_argument("--guests", type=int, default=70, help="of each node; every 7th a container")
    parser.add_argument("--cycles", type=int, default=60)
    parser.add_argument("--paced-cycles", type=int, default=6)
    parser.add_argument("--only", choices=("throughput", "paced", "check"))
    parser.add_argument("--json", type=pathlib.Path, help="write the medians here as well")
    options = parser.parse_args()
    options.relay = options.relay or options.build / "pverelay"
    options.directory = options.directory.resolve()
    return options


def end_daemons_when_told_to_end():
    """SIGTERM, as of ctest and timeout(1), leaves the blocks that daemons live in."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


def main():
    end_daemons_when_told_to_end()
    options = arguments()
    tools = options.build / "perf/load"
    results = {}
    if options.only == "check":
        with Receiver(tools / "counting_receiver") as receiver:
            return check(tools, receiver)
    if options.only != "paced":
        with Receiver(tools / "counting_receiver") as receiver:
            results["throughput"] = throughput(options, tools, receiver)
        print_table(results["throughput"])
    if options.only != "throughput":
        print("\n2,000 guests at Proxmox's pace, both stores dead", flush=True)
        results["paced"] = paced(options, tools)
        for key, value in results["paced"].items():
            print(f"{key:26}{value:14.2f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
