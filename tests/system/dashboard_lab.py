"""A relay between a simulated cluster and two real stores that dashboards ask: a Prometheus, which
scrapes the relay as well, and an InfluxDB 1.6."""

import re
import threading
import time

import harness
from grafana import InfluxqlView, PrometheusView, Range
from simulated_api import SimulatedApi

# What a cluster of an evening would show: a failed task, a move, a new name, a node that dies.
COURSE = """
at 10 task pve1 aptupdate why
at 30 migrate 102 pve2
at 35 rename 101 renamed
at 45 stop 106
at 50 offline pve3
"""
# What the relay asks the API minutes or hours after its start, what the simulated one never says,
# and a Backup Server's push: as lines of the same shape, about a guest of its own.
GUEST = "object=qemu,vmid=900,nodename=pve1,host=late"
LATER = f"""\
relay_backup,{GUEST} age_seconds=3600,duration_seconds=61,size_bytes=1048576,last_result="failed"
relay_certificate,object=nodes,host=pve1,instance=pve-ssl.pem expires_timestamp_seconds=1990000000
relay_cluster_info,object=cluster guests_without_backup_job=1
relay_disk,object=nodes,host=pve1,instance=/dev/sda health="FAILED",healthy=0,life_left_ratio=0.07,\
size_bytes=4000787030016,disk_type="ssd",model="M",serial="S"
relay_guest_info,{GUEST} name="late",status="running",in_backup_job=0,starts_at_boot=1,pool="acme",\
tags="prod;web",template=0
relay_replication,{GUEST},instance=900-0 failures=3,error="exit 255",target="pve2",enabled=1,\
last_sync_timestamp_seconds=1790000000,next_sync_timestamp_seconds=1790000900,duration_seconds=4
relay_subscription,object=nodes,host=pve1 active=0,status="notfound"
relay_zfs_pool,object=nodes,host=pve1,instance=fast health="DEGRADED",healthy=0,allocated_bytes=7,\
free_bytes=3,size_bytes=10,fragmentation_ratio=0.3
"""
BACKUP_SERVER = harness.ROOT / "tests/samples/pbs.lp"


class Lab:
    """`pushing` is what plays the cluster; `api` what the relay knows of asking it."""

    def __init__(self):
        self.directory = harness.TemporaryDirectory()
        path = self.directory.path
        self.influxd = harness.Influxd(path).start()
        self.influxd.query('CREATE DATABASE "proxmox"')
        self.prometheus = harness.Prometheus(path)
        self.relay = harness.Relay(path, [
            f'[[sink]]\nname = "influx"\ntype = "influxdb"\nurl = "{self.influxd.url}"\napi = "v1"\n'
            'database = "proxmox"\n',
            harness.prometheus_sink(self.prometheus.url).replace("measurement_field", "proxmox")],
            presence='node_silent_min = "15s"\nup_interval = "5s"')
        # As conf/grafana/README.md has it.
        (path / "prometheus.yml").write_text(
            f"scrape_configs: [{{job_name: pverelay, scrape_interval: 5s, static_configs: "
            f"[{{targets: ['127.0.0.1:{self.relay.admin_port}']}}]}}]\n")
        self.prometheus.start()
        self.began, self.end = int(time.time()), None
        self.pushing = self.cluster()
        self.relay.start()

    def cluster(self):
        """Starts to push; may still change the relay's configuration."""
        raise NotImplementedError

    def fall_silent(self):
        """Both stores have the same then, and are asked about that moment from then on."""
        self.pushing.kill()
        harness.wait_for("all to be delivered", self.relay.has_delivered_all)
        self.end = int(time.time())

    def stop(self):
        for process in (self.pushing, self.relay, self.prometheus, self.influxd):
            process.kill()
        self.directory.remove()

    def views(self):
        over = Range(self.began, self.end or int(time.time()))
        return PrometheusView(self.prometheus, over), InfluxqlView(self.influxd, over)


class Homelab(Lab):
    """One node, and nobody asks its API."""

    def cluster(self):
        return harness.Process("simulate", [
            harness.RELAY, "simulate", "--to", self.relay.url, "--nodes", 1, "--guests", 5,
            "--cycles", 0, "--interval", "5s"], self.directory.path).start()


class Cluster(Lab):
    """Three nodes with their API, a Backup Server, and an evening's trouble."""

    def __init__(self):
        super().__init__()
        self.ended = threading.Event()
        self.feeder = threading.Thread(target=self._feed, daemon=True)
        self.feeder.start()

    def cluster(self):
        api = SimulatedApi(self.directory.path, nodes=3, guests=8, to=self.relay.url,
                           scenario=COURSE, interval="5s")
        named = '[[cluster]]\nname = "lab"\n'
        self.relay.config.write_text(self.relay.config.read_text().replace(
            named, named + api.cluster_api("requests_per_second = 20")))
        return api.start()

    def _feed(self):
        server = re.sub(r" \d+$", "", BACKUP_SERVER.read_text(), flags=re.MULTILINE)
        while not self.ended.wait(5):
            self.relay.write(LATER + server)

    def fall_silent(self):
        self.ended.set()
        self.feeder.join()
        super().fall_silent()

    def stop(self):
        self.ended.set()
        self.feeder.join()
        super().stop()
