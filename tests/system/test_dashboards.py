"""Every query of every dashboard, asked of real stores that a simulated cluster has filled.

Prometheus and InfluxDB 1.6 answer theirs. Nothing on Debian runs Flux: each Flux query is compiled
by Flux's own front end, and its InfluxQL twin asks for the same measurement, fields and tags.
Rendering is nobody's claim.
"""

import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time
import unittest

import grafana
import harness
from grafana import FluxView, InfluxqlView, PrometheusView, Range
from recorder import Recorder
from simulated_api import SimulatedApi

STORES = ("prometheus", "flux", "influxql")
FLUX = pathlib.Path(os.environ.get("RELAY_FLUX", harness.ROOT / "build/flux")) / "node_modules"
CHECK = harness.ROOT / "tests/support/flux/check.js"

# What a cluster of an evening would show: a failed task, a move, a new name, a node that dies.
COURSE = """
at 20 task pve1 aptupdate why
at 30 migrate 102 pve2
at 35 rename 101 renamed
at 45 stop 106
at 60 offline pve3
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
# Whom the course moves, renames or stops: a Prometheus shows both the old and the new for a while.
DISTURBED = re.compile(r"101|102|106|renamed|pve3")
# A guest's card is net0 in Prometheus, tap100i0 in InfluxDB, as it was pushed.
KNOWN_BY_OTHER_NAMES = {("pverelay-influxql-guest", "Network cards")}
BACKUP_SERVER = harness.ROOT / "tests/samples/pbs.lp"
FILLED_WITHIN_SECONDS = 150


class V1Door(Recorder):
    """An InfluxDB 1 in the clothes of an InfluxDB 2: the bucket is the database."""

    def _pass_on(self, method, path, headers, body):
        if path.startswith("/api/v2/write"):
            path = "/write?db=proxmox"
        return super()._pass_on(method, path, headers, body)


class Lab:
    """A relay between a cluster with its API and two stores, which are full once this is made."""

    def __init__(self):
        self.directory = harness.TemporaryDirectory()
        path = self.directory.path
        self.influxd = harness.Influxd(path).start()
        self.influxd.query('CREATE DATABASE "proxmox"')
        self.door = V1Door(self.influxd.url)
        self.prometheus = harness.Prometheus(path)
        self.relay = harness.Relay(path, [
            harness.influxdb_sink(self.door.url),
            harness.prometheus_sink(self.prometheus.url).replace("measurement_field", "proxmox")],
            presence='node_silent_min = "15s"\nup_interval = "5s"')
        self.api = SimulatedApi(path, nodes=3, guests=8, to=self.relay.url, scenario=COURSE,
                                interval="5s")
        configuration = self.relay.config.read_text()
        cluster = '[[cluster]]\nname = "lab"\n'
        self.relay.config.write_text(configuration.replace(
            cluster, cluster + self.api.cluster_api("requests_per_second = 20")))
        self.scrape()
        self.prometheus.start()
        self.began, self.end = int(time.time()), None
        self.api.start()
        self.relay.start()
        self.ended = threading.Event()
        self.feeder = threading.Thread(target=self.feed, daemon=True)
        self.feeder.start()

    def scrape(self):
        """The relay's own metrics, as conf/grafana/README.md has it."""
        (self.directory.path / "prometheus.yml").write_text(
            f"scrape_configs: [{{job_name: pverelay, scrape_interval: 5s, static_configs: "
            f"[{{targets: ['127.0.0.1:{self.relay.admin_port}']}}]}}]\n")

    def feed(self):
        server = re.sub(r" \d+$", "", BACKUP_SERVER.read_text(), flags=re.MULTILINE)
        while not self.ended.wait(5):
            self.relay.write(LATER + server)

    def stop(self):
        self.ended.set()
        self.feeder.join()
        for process in (self.api, self.relay, self.prometheus, self.influxd):
            process.kill()
        self.door.stop()
        self.directory.remove()

    def fall_silent(self):
        """Both stores have the same then, and are asked about that moment from then on."""
        self.ended.set()
        self.api.kill()
        harness.wait_for("all to be delivered", self.relay.has_delivered_all)
        self.end = int(time.time())

    def views(self):
        over = Range(self.began, self.end or int(time.time()))
        return PrometheusView(self.prometheus, over), InfluxqlView(self.influxd, over)


def unanswered(view):
    """What returns nothing when everything is chosen."""
    missing = []
    for dashboard in grafana.dashboards(view.name):
        chosen = grafana.chosen_all(view, dashboard)
        for panel, target in grafana.targets(dashboard):
            if not view.rows(target, chosen):
                missing.append(f"{dashboard['uid']}: {panel['title']}: "
                               f"{view.filled(target.get('expr') or target['query'], chosen)}")
        for annotation in dashboard["annotations"]["list"]:
            if not view.annotation(annotation, chosen):
                missing.append(f"{dashboard['uid']}: {annotation['name']}")
    return missing


class Asked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.stop)
        cls.missing = ["nothing was asked yet"]
        deadline = time.monotonic() + FILLED_WITHIN_SECONDS
        while cls.missing and time.monotonic() < deadline:
            time.sleep(5)
            try:
                cls.missing = [one for view in cls.lab.views() for one in unanswered(view)]
            except AssertionError as error:
                cls.missing = [str(error)]
        cls.lab.fall_silent()

    def test_every_query_of_every_panel_returns_data(self):
        self.assertEqual(self.missing, [], "\n".join(self.missing))

    def test_one_of_everything_is_less_than_all(self):
        for view in self.lab.views():
            for dashboard in grafana.dashboards(view.name):
                both = [sum(view.rows(target, chosen) for _, target in grafana.targets(dashboard))
                        for chosen in (grafana.chosen_one(view, dashboard),
                                       grafana.chosen_all(view, dashboard))]
                self.assertGreater(both[0], 0, dashboard["uid"])
                if "relay" not in dashboard["uid"]:  # there is one
                    self.assertLess(*both, dashboard["uid"])

    def test_both_stores_show_the_same(self):
        compared = {"table": 0, "timeseries": 0, "stat": 0, "bargauge": 0, "state-timeline": 0}
        prometheus, influxql = self.lab.views()
        twins = {dashboard["uid"].rsplit("-", 1)[1]: dashboard
                 for dashboard in grafana.dashboards("prometheus")}
        self.assertGreater(len(twins), len(grafana.dashboards("influxql")))
        for dashboard in grafana.dashboards("influxql"):
            twin = twins[dashboard["uid"].rsplit("-", 1)[1]]
            one, other = (grafana.chosen_all(prometheus, twin),
                          grafana.chosen_all(influxql, dashboard))
            panels = {(panel["type"], panel["title"]): panel for panel in twin["panels"]}
            for panel in dashboard["panels"]:
                if "targets" not in panel:
                    continue
                same = panels[panel["type"], panel["title"]]
                what = (dashboard["uid"], panel["title"])
                if panel["type"] == "table":
                    rows = grafana.row_headings(panel, same)
                    found = (grafana.cells(prometheus, same, rows, one),
                             grafana.cells(influxql, panel, rows, other))
                else:
                    found = (grafana.courses(prometheus, same, one),
                             grafana.courses(influxql, panel, other))
                compared[panel["type"]] += self.compare(*found, what)
        for kind, least in {"table": 500, "timeseries": 500, "stat": 100, "bargauge": 50}.items():
            self.assertGreater(compared[kind], least, kind)

    def compare(self, ones, others, what):
        """How many values stand in both. Cells of tables must be equal; of courses, whose windows
        differ, nine of ten medians must be alike: another unit makes a factor of eight at least."""
        both = ones.keys() & others.keys()
        self.assertTrue(both or what in KNOWN_BY_OTHER_NAMES, what)
        wrong = [(key, ones[key], others[key]) for key in both
                 if not DISTURBED.search(str(key)) and not alike(ones[key], others[key])]
        is_course = any(isinstance(values, list) and len(values) > 1 for values in others.values())
        self.assertLessEqual(len(wrong), len(both) / 10 if is_course else 0, (what, wrong))
        return len(both)


def alike(one, other):
    if isinstance(other, str):
        return one == other
    if not isinstance(other, list):
        return math.isclose(float(one), other, rel_tol=1e-6)
    if len(other) == 1:  # a sum may have a guest twice that has just moved
        return math.isclose(one[-1], other[0], rel_tol=0.25)
    one, other = statistics.median(one), statistics.median(other)
    return one == other or (one * other > 0 and 1 / 4 < one / other < 4)


class Written(unittest.TestCase):
    def test_what_is_checked_in_is_what_the_description_says(self):
        sys.path.insert(0, str(grafana.DASHBOARDS / "src"))
        import write
        made = write.texts()
        there = {str(path.relative_to(grafana.DASHBOARDS)): path.read_text()
                 for store in STORES for path in (grafana.DASHBOARDS / store).glob("*.json")}
        self.assertEqual(there, made, "./dev dashboards writes them")

    def test_uids_and_places_are_sound(self):
        uids = [dashboard["uid"] for store in STORES for dashboard in grafana.dashboards(store)]
        self.assertEqual(len(uids), len(set(uids)))
        self.assertLessEqual(max(map(len, uids)), 40)  # Grafana's limit
        for store in STORES:
            for dashboard in grafana.dashboards(store):
                self.assertEqual(dashboard["schemaVersion"], 39)
                for what in ("id", "title"):
                    named = [(panel["type"], panel[what]) for panel in dashboard["panels"]]
                    self.assertEqual(len(named), len(set(named)), dashboard["uid"])
                taken = set()
                for panel in dashboard["panels"]:
                    at = panel["gridPos"]
                    self.assertLessEqual(at["x"] + at["w"], 24)
                    cells = {(x, y) for x in range(at["x"], at["x"] + at["w"])
                             for y in range(at["y"], at["y"] + at["h"])}
                    self.assertEqual(cells & taken, set(), (dashboard["uid"], panel["title"]))
                    taken |= cells

    def test_every_panel_has_a_unit_and_a_word_for_nothing(self):
        for store in STORES:
            for dashboard in grafana.dashboards(store):
                for panel, _ in grafana.targets(dashboard):
                    defaults = panel["fieldConfig"]["defaults"]
                    self.assertTrue(defaults["unit"] and defaults["noValue"], panel["title"])

    def test_every_link_leads_to_a_dashboard_of_its_store(self):
        for store in STORES:
            uids = {dashboard["uid"] for dashboard in grafana.dashboards(store)}
            for dashboard in grafana.dashboards(store):
                links = re.findall(r'"/d/([\w-]+)\?', json.dumps(dashboard))
                self.assertEqual(set(links) - uids, set())

    def test_flux_compiles(self):
        view = FluxView(Range(0, 0))
        scripts = []
        for dashboard in grafana.dashboards("flux"):
            of_all = {v["name"]: (grafana.ALL, v.get("allValue", "(100|101)"))
                      for v in grafana.variables(dashboard)}
            queries = [target["query"] for _, target in grafana.targets(dashboard)]
            queries += [one["query"] for one in grafana.variables(dashboard)]
            queries += [one["target"]["query"] for one in dashboard["annotations"]["list"]]
            scripts += [view.filled(query, of_all) for query in queries]
        self.assertGreater(len(scripts), 10)
        # A front end that takes everything would prove nothing.
        scripts += ['from(bucket: "x") |> range(start: -5m) |> aggregateWindow(every: 1, fn: mean)']
        done = subprocess.run(["node", CHECK, FLUX], input=json.dumps(scripts), text=True,
                              capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, f"{done.stderr}\n./dev test fetches the compiler")
        verdicts = json.loads(done.stdout)
        self.assertFalse(verdicts.pop())
        wrong = [script for script, is_valid in zip(scripts, verdicts) if not is_valid]
        self.assertEqual(wrong, [], "\n\n".join(wrong))

    def test_flux_and_influxql_ask_for_the_same(self):
        pairs = zip(grafana.dashboards("flux"), grafana.dashboards("influxql"), strict=True)
        for flux, influxql in pairs:
            twins = list(zip(grafana.targets(flux), grafana.targets(influxql), strict=True))
            self.assertTrue(twins)
            for (panel, one), (twin, other) in twins:
                self.assertEqual(panel["title"], twin["title"])
                self.assertEqual(of_flux(one["query"]), of_influxql(other["query"]), other["query"])


def of_flux(query):
    """What a query asks for: measurement, fields, what narrows it, and the columns of its answer."""
    conditions = dict(re.findall(r"\br\.(\w+) =~ (/.*?/)(?= and |\))", query))
    conditions |= {"object": value for value in re.findall(r'r\.object == "(\w+)"', query)}
    columns = re.findall(r'"([^"]*)"', re.findall(r"keep\(columns: \[(.*)\]\)", query)[-1])
    return {"measurement": re.findall(r'r\._measurement == "([^"]*)"', query),
            "fields": sorted(set(re.findall(r'r\._field == "([^"]*)"', query))),
            "conditions": conditions, "columns": sorted(set(columns) - {"_time"})}


def of_influxql(query):
    inner = query[query.rindex("SELECT"):]
    outer = re.sub(r'\(SELECT.*(?:"|fill\(none\)|ms)\)', "()", query)
    conditions = dict(re.findall(r'"(\w+)" =~ (/.*?/)(?= AND )', inner))
    conditions |= {"object": value for value in re.findall(r"\"object\" = '(\w+)'", inner)}
    columns = re.findall(r' AS "([^"]*)"', outer)
    columns += re.findall(r'"([^"]*)"', (outer.split(" GROUP BY ") + [""])[1])
    return {"measurement": re.findall(r'FROM "([^"]*)"', query),
            "fields": sorted(set(re.findall(r'\("([^"]*)"', inner.split(" FROM ")[0]))),
            "conditions": conditions, "columns": sorted(columns)}


if __name__ == "__main__":
    unittest.main(verbosity=2)
