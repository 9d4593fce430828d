"""Runs the relay and the real stores for the system tests, and asks them what they hold.

Everything listens on loopback on free ports, lives in a temporary directory and ends with the
test, whatever happens: each process leads a group of its own that atexit kills.
Waiting is always for a condition, with a deadline.
"""

import atexit
import ctypes
import gc
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELAY = pathlib.Path(os.environ.get("PVERELAY", ROOT / "build/release/pverelay"))
SLOW_SYNC = pathlib.Path(os.environ.get("RELAY_SLOW_SYNC_LIBRARY",
                                        ROOT / "build/release/tests/support/libslow_sync.so"))
SUPPORT = SLOW_SYNC.parent
STORES = pathlib.Path(os.environ.get("RELAY_STORES", ROOT / "build/stores/bin"))

# Ledgers hold millions of small values and make no cycles; looking for some costs most of the time.
gc.disable()

_running, _directories, _given_ports = [], [], set()
_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1  # prctl(2)


def _die_with_parent():
    """In the child: SIGKILL for it when the test ends without a chance to clean up."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)



def free_port(kind=socket.SOCK_STREAM):
    """None that a connection going out may be given before it is listened to, and none twice."""
    low = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(low // 2, low)
        if port in _given_ports:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_ports.add(port)
        return port


def wait_for(what, condition, seconds=30.0, every=0.05):
    """The first truthy value of condition(); raises with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    last = None
    while time.monotonic() < deadline:
        try:
            last = condition()
            if last:
                return last
        except (OSError, ValueError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"waited {seconds} s in vain for {what}; last: {last!r}")


def http(method, url, body=None, headers=None, timeout=120.0):
    """(status, headers, body); an answer with an error status is an answer too."""
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get_json(url, **parameters):
    if parameters:
        url += "?" + urllib.parse.urlencode(parameters)
    status, _, body = http("GET", url)
    if status != 200:
        raise ValueError(f"{url}: {status} {body[:300]!r}")
    return json.loads(body)


def instant_query(store, expression, at=None, **parameters):
    parameters["query"] = expression
    if at is not None:
        parameters["time"] = at
    return get_json(store + "/api/v1/query", **parameters)["data"]["result"]


class TemporaryDirectory:
    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="pverelay-system-"))
        atexit.register(self.remove)
        _directories.append(self)

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


class Process:
    """A daemon in a process group of its own, its output in a file."""

    def __init__(self, name, arguments, directory, environment=None):
        self.name = name
        self.arguments = [str(argument) for argument in arguments]
        self.output = pathlib.Path(directory) / f"{name}.log"
        self.environment = {**os.environ, **(environment or {})}
        self.pass_fds = ()
        self.child = None

    def start(self):
        with self.output.open("ab") as output:
            self.child = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, env=self.environment, preexec_fn=_die_with_parent,
                pass_fds=self.pass_fds)
        _running.append(self)
        return self

    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def stop(self, seconds=20.0):
        """SIGTERM; returns the exit code."""
        if not self.is_running():
            return self.child.returncode if self.child else None
        self.child.send_signal(signal.SIGTERM)
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s:\n{self.log()}")

    def kill(self):
        if self.is_running():
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()

    def log(self):
        return self.output.read_text(errors="replace")[-8000:] if self.output.exists() else ""


@atexit.register
def _end_all():
    for process in _running:
        process.kill()


def _end_at_once(_signal, _frame):
    """ctest and timeout(1) end a test with SIGTERM; unittest would take SystemExit for a failure."""
    _end_all()
    for directory in _directories:
        directory.remove()
    os._exit(1)


signal.signal(signal.SIGTERM, _end_at_once)


class VictoriaMetrics(Process):
    def __init__(self, directory, name="victoria-metrics"):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data = pathlib.Path(directory) / name
        super().__init__(name, [
            STORES / "victoria-metrics", f"-storageDataPath={data}",
            f"-httpListenAddr=127.0.0.1:{self.port}", "-retentionPeriod=10y",
            "-search.maxUniqueTimeseries=5000000", "-search.maxQueryDuration=2m", "-search.maxExportSeries=5000000",
            "-influxSkipSingleField=false", "-memory.allowedPercent=20"], directory)

    def start(self):
        super().start()
        wait_for(f"{self.name} to listen",
                 lambda: self.is_running() and http("GET", self.url + "/health")[0] == 200)
        return self

    def flush(self):
        """What was just written is not yet found otherwise."""
        http("GET", self.url + "/internal/force_flush")

    def export(self, match='{__name__!=""}'):
        """Yields (labels, [(milliseconds, value) …]) of every series."""
        self.flush()
        query = urllib.parse.urlencode({"match[]": match})
        request = urllib.request.Request(f"{self.url}/api/v1/export?{query}")
        with urllib.request.urlopen(request, timeout=120) as answer:
            text = answer.read()  # line by line a chunked answer takes minutes, not seconds
        for line in text.splitlines():
            series = json.loads(line)
            yield series["metric"], list(zip(series["timestamps"], series["values"]))

    def query(self, expression, at=None):
        """At that moment to the millisecond: without `nocache` it takes a moment of the last 30 s
        (its -search.latencyOffset) for one 30 s ago, when what was just written was not yet."""
        return instant_query(self.url, expression, at, nocache=1)

    def samples(self, match='{__name__!=""}'):
        return sum(len(samples) for _, samples in self.export(match))


class Prometheus(Process):
    def __init__(self, directory, out_of_order=None, name="prometheus", scrape=""):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory = pathlib.Path(directory)
        config = directory / f"{name}.yml"
        storage = f"storage: {{tsdb: {{out_of_order_time_window: {out_of_order}}}}}\n"
        config.write_text("global: {}\n" + (storage if out_of_order else "") + scrape)
        super().__init__(name, [
            STORES / "prometheus", f"--config.file={config}",
            f"--storage.tsdb.path={directory / name}", "--web.enable-remote-write-receiver",
            f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn"], directory)

    def start(self):
        super().start()
        wait_for(f"{self.name} to be ready",
                 lambda: self.is_running() and http("GET", self.url + "/-/ready")[0] == 200)
        return self

    def query(self, expression, at=None):
        return instant_query(self.url, expression, at)

    def export(self, window="2h", at=None):
        """Yields (labels, [(milliseconds, value) …]) of every series, as VictoriaMetrics.export."""
        # Metric by metric: a range function over several would meet equal label sets.
        for name in get_json(self.url + "/api/v1/label/__name__/values")["data"]:
            for series in self.query(f'{{__name__="{name}"}}[{window}]', at):
                yield series["metric"], [(round(seconds * 1000), float(value))
                                         for seconds, value in series["values"]]

    def samples(self, window="2h", at=None):
        return sum(len(samples) for _, samples in self.export(window, at))


class Influxd(Process):
    """InfluxDB 1.6: the one real InfluxDB that Debian has. With a `user`, (name, password), it lets
    nobody in who is none; that one is its first."""

    def __init__(self, directory, name="influxd", user=None):
        self.user = user
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        data = pathlib.Path(directory) / name
        config = pathlib.Path(directory) / f"{name}.conf"
        config.write_text(
            f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
            f'[meta]\ndir = "{data}/meta"\n[data]\ndir = "{data}/data"\nwal-dir = "{data}/wal"\n'
            f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n'
            f'auth-enabled = {"true" if user else "false"}\n'
            "[monitor]\nstore-enabled = false\n")
        super().__init__(name, [STORES / "influxd", "-config", config], directory)

    def start(self):
        super().start()
        wait_for("influxd to listen",
                 lambda: self.is_running() and http("GET", self.url + "/ping")[0] == 204)
        if self.user:
            self.query("CREATE USER \"{}\" WITH PASSWORD '{}' WITH ALL PRIVILEGES".format(*self.user))
        return self

    def write(self, database, lines):
        status, _, body = http("POST", f"{self.url}/write?db={database}", lines.encode())
        if status != 204:
            raise ValueError(f"{lines}: {status} {body[:300]!r}")

    def query(self, statement, database=None):
        parameters = {"q": statement, "epoch": "ns"}
        if self.user:
            parameters["u"], parameters["p"] = self.user
        if database:
            parameters["db"] = database
        method = "GET" if statement.lstrip().upper().startswith("SELECT") else "POST"
        status, _, body = http(method, f"{self.url}/query?{urllib.parse.urlencode(parameters)}")
        if status != 200:
            raise ValueError(f"{statement}: {status} {body[:300]!r}")
        return json.loads(body)["results"][0].get("series", [])


class Relay(Process):
    """`pverelay run` with a configuration made of the given sinks.

    Without `presence` it says nothing of its own, so that what was sent is all that is stored."""

    def __init__(self, directory, sinks, name="pverelay", extra="", listen="", journal="",
                 admin="", udp=False, environment=None, presence="enabled = false"):
        directory = pathlib.Path(directory)
        self.directory = directory
        self.port, self.admin_port = free_port(), free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.url = f"http://127.0.0.1:{self.port}"
        self.admin = f"http://127.0.0.1:{self.admin_port}"
        self.journal = directory / f"{name}-journal"
        self.config = directory / f"{name}.toml"
        listeners = f'[[listen]]\ntype = "http"\naddress = "127.0.0.1:{self.port}"\n{listen}\n'
        if udp:
            listeners += (f'[[listen]]\ntype = "udp"\naddress = "127.0.0.1:{self.udp_port}"\n')
        self.config.write_text(
            f'{listeners}\n[admin]\naddress = "127.0.0.1:{self.admin_port}"\n{admin}\n'
            f'[[cluster]]\nname = "lab"\n\n'
            f'[journal]\ndirectory = "{self.journal}"\n{journal}\n\n'
            f'[presence]\n{presence}\n\n{extra}\n' + "\n".join(sinks))
        self.journal.mkdir(exist_ok=True)
        super().__init__(name, [RELAY, "run", "--config", self.config], directory, environment)

    def start(self):
        super().start()
        try:
            wait_for("the relay to be ready or to end",
                     lambda: not self.is_running() or self.is_ready(), 30)
            if not self.is_running():
                raise AssertionError(f"the relay ended with {self.child.returncode}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        return self

    def is_ready(self):
        return http("GET", self.admin + "/ready")[0] == 200

    def status(self):
        return get_json(self.admin + "/status")

    def has_delivered_all(self):
        """Whether every sink is done with every record of the journal."""
        status = self.status()
        newest = status["journal"]["newest_sequence"]
        return all(sink["delivered_sequence"] >= newest for sink in status["sinks"])

    def metrics(self):
        """{'pverelay_x{label="y"}': value}"""
        _, _, body = http("GET", self.admin + "/metrics")
        samples = {}
        for line in body.decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                samples[name] = float(value)
        return samples

    def write(self, lines, headers=None, query="org=proxmox&bucket=proxmox"):
        body = lines if isinstance(lines, bytes) else lines.encode()
        return http("POST", f"{self.url}/api/v2/write?{query}", body, headers)

    def memory_kib(self):
        text = pathlib.Path(f"/proc/{self.child.pid}/status").read_text()
        return int(text.split("VmRSS:")[1].split()[0])


def _replace(path, text):
    """What reads it at any moment finds all of it or none."""
    draft = path.with_suffix(".draft")
    draft.write_text(text)
    draft.rename(path)


class SlowSync:
    """Makes a sync of a relay hang or fail, on demand (tests/support/slow_sync.cpp)."""

    def __init__(self, directory):
        self.trigger = pathlib.Path(directory) / "slow-sync"
        self.environment = {"LD_PRELOAD": str(SLOW_SYNC), "RELAY_SLOW_SYNC": str(self.trigger)}

    def hang_once(self, seconds, error=0):
        """Returns, with the time, as soon as a sync hangs; it then fails with `error`, if any."""
        _replace(self.trigger, f"{round(seconds * 1000)} {error}")
        wait_for("a sync to hang", lambda: not self.trigger.exists(), 10, every=0.002)
        return time.monotonic()


class HostileHost:
    """A disk and a wall clock that do as they are told (failing_disk.cpp, stepped_clock.cpp)."""

    def __init__(self, directory):
        directory = pathlib.Path(directory)
        self.sync = SlowSync(directory)
        self.refuses, self.step = directory / "failing-disk", directory / "clock-step"
        libraries = [SLOW_SYNC, SUPPORT / "libfailing_disk.so", SUPPORT / "libstepped_clock.so"]
        self.environment = {**self.sync.environment,
                            "LD_PRELOAD": ":".join(str(library) for library in libraries),
                            "RELAY_FAILING_DISK": str(self.refuses),
                            "RELAY_CLOCK_STEP": str(self.step)}

    def fail_writes(self, error):
        _replace(self.refuses, str(error))

    def heal_writes(self):
        self.refuses.unlink(missing_ok=True)

    def step_clock(self, seconds):
        _replace(self.step, str(seconds))


def influxdb_sink(url, name="influx", extra=""):
    return (f'[[sink]]\nname = "{name}"\ntype = "influxdb"\nurl = "{url}"\norg = "proxlab"\n'
            f'bucket = "proxmox"\n{extra}\n')


def prometheus_sink(url, name="prometheus", extra="", naming='["measurement_field"]'):
    return (f'[[sink]]\nname = "{name}"\ntype = "prometheus"\nurl = "{url}/api/v1/write"\n'
            f'naming = {naming}\n{extra}\n')


def simulate(to, *arguments):
    """Runs `pverelay simulate` to its end; returns what it printed."""
    command = [str(RELAY), "simulate", "--to", to, *[str(a) for a in arguments]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
