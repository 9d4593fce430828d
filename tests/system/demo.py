"""./dev run: the relay between a simulated three-node cluster and two real stores, to look at.

Runs until Ctrl-C (or for --seconds N) and prints one live line of figures.
"""

import argparse
import sys
import time

import harness


def figures(relay, store, started):
    """One line: what came in, what is on disk, what each store has."""
    metrics = relay.metrics()
    status = relay.status()
    lines = sum(value for name, value in metrics.items() if name.startswith("pverelay_lines_total"))
    sinks = "   ".join(f"{sink['name']}: {sink['state']}, {sink['points_delivered']} points, "
                       f"{sink['behind_bytes']} bytes behind" for sink in status["sinks"])
    return (f"{time.monotonic() - started:5.0f} s   {int(lines)} lines in   {sinks}   "
            f"{relay.memory_kib() / 1024:.0f} MiB resident")


def show_where_to_look(relay, store, prometheus):
    print(f"""
 Proxmox would push to   {relay.url}   (Datacenter -> Metric Server -> InfluxDB, HTTP)
 the relay's own view    {relay.admin}/status   {relay.admin}/metrics
 VictoriaMetrics         {store.url}/vmui   try: system_cpu{{object="qemu"}}
 Prometheus              {prometheus.url}/graph   try: rate(nics_netin[1m])
 journal                 zcat {relay.journal}/*.lp.gz | head
 configuration           {relay.config}

 Ctrl-C ends all of it and leaves nothing behind.
""", flush=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=float("inf"))
    options = arguments.parse_args()

    path = harness.TemporaryDirectory().path
    store = harness.VictoriaMetrics(path).start()
    prometheus = harness.Prometheus(path, out_of_order="2h").start()
    relay = harness.Relay(path, [harness.influxdb_sink(store.url, "victoria"),
                                 harness.prometheus_sink(prometheus.url)], udp=True,
                          presence="").start()
    pushing = harness.Process("simulate", [
        harness.RELAY, "simulate", "--to", relay.url, "--nodes", 3, "--guests", 20,
        "--cycles", 0, "--interval", 10], path).start()
    show_where_to_look(relay, store, prometheus)

    started = time.monotonic()
    try:
        while time.monotonic() - started < options.seconds:
            if not relay.is_running() or not pushing.is_running():
                print(f"\n{relay.log()}\n{pushing.log()}", file=sys.stderr)
                return 1
            print("\r\033[K" if sys.stdout.isatty() else "", figures(relay, store, started),
                  end="" if sys.stdout.isatty() else "\n", flush=True)
            time.sleep(1 if sys.stdout.isatty() else 5)
    except KeyboardInterrupt:
        print()
    for process in (pushing, relay, store, prometheus):
        process.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
