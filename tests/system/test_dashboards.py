"""Every query of every dashboard, asked of real stores that a simulated cluster has filled.

Prometheus and InfluxDB 1.6 answer theirs; what is asked in Flux is compiled and held against its
InfluxQL twin (test_dashboard_files.py). Rendering is nobody's claim.
"""

import collections
import math
import re
import statistics
import time
import unittest

import grafana
import harness
from dashboard_lab import Cluster, Homelab

# Whom the course moves, renames or stops: a Prometheus shows both the old and the new for a while.
# And shared storages, of which InfluxDB has the word of every node, each of another second.
DISTURBED = re.compile(r"101|102|106|renamed|pve3|ceph-rbd|pbs-main")
# A guest's card is net0 in Prometheus, tap100i0 in InfluxDB, as it was pushed.
KNOWN_BY_OTHER_NAMES = {("pverelay-influxql-guest", "Network cards")}
# It is a shared storage, or one of the node that has died.
OF_ANOTHER_SECOND = {("pverelay-influxql-storage", "Fullest")}
FILLED_WITHIN_SECONDS = 150


def unanswered(view, may_be_empty=()):
    """(dashboard, panel, what was asked) of what returns nothing when everything is chosen."""
    for dashboard in grafana.dashboards(view.name):
        chosen = grafana.chosen_all(view, dashboard, may_be_empty)
        for panel, target in grafana.targets(dashboard):
            if not view.rows(target, chosen):
                yield dashboard, panel, view.filled(target.get("expr") or target["query"], chosen)
        for annotation in dashboard["annotations"]["list"]:
            if not view.annotation(annotation, chosen):
                yield dashboard, annotation, "annotation"


def missing_in(views):
    """The same in words, or which variable has nothing to choose from."""
    try:
        return [f"{dashboard['uid']}: {panel.get('title') or panel['name']}: {asked}"
                for view in views for dashboard, panel, asked in unanswered(view)]
    except grafana.NothingOffered as error:
        return [str(error)]


class OfACluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Cluster()
        cls.addClassCleanup(cls.lab.stop)
        cls.missing = ["nothing was asked yet"]
        deadline = time.monotonic() + FILLED_WITHIN_SECONDS
        while cls.missing and time.monotonic() < deadline:
            time.sleep(5)
            cls.missing = missing_in(cls.lab.views())
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
        compared = collections.Counter()
        twins = {self.name_of(dashboard): dashboard for dashboard in grafana.dashboards("prometheus")}
        for dashboard in grafana.dashboards("influxql"):
            compared += self.compare_dashboards(twins[self.name_of(dashboard)], dashboard)
        for kind, least in {"table": 500, "timeseries": 500, "stat": 100, "bargauge": 50}.items():
            self.assertGreater(compared[kind], least, kind)

    @staticmethod
    def name_of(dashboard):
        return dashboard["uid"].rsplit("-", 1)[1]

    def compare_dashboards(self, dashboard, twin):
        """How many values were compared, by kind of panel."""
        prometheus, influxql = self.lab.views()
        chosen = grafana.chosen_all(prometheus, dashboard)
        chosen_of_twin = grafana.chosen_all(influxql, twin)
        panels = {(panel["type"], panel["title"]): panel for panel in dashboard["panels"]}
        compared = collections.Counter()
        for other in (panel for panel in twin["panels"] if "targets" in panel):
            one = panels[other["type"], other["title"]]
            if one["type"] == "table":
                rows = grafana.row_headings(other, one)
                found = (grafana.cells(prometheus, one, rows, chosen),
                         grafana.cells(influxql, other, rows, chosen_of_twin))
            else:
                found = (grafana.courses(prometheus, one, chosen),
                         grafana.courses(influxql, other, chosen_of_twin))
            compared[one["type"]] += self.compare(*found, (twin["uid"], one["title"]))
        return compared

    def compare(self, ones, others, what):
        """How many values stand in both. Cells of tables must be equal; of courses, whose windows
        differ, nine of ten means must be alike: another unit makes a factor of eight at least."""
        both = ones.keys() & others.keys()
        self.assertTrue(both or what in KNOWN_BY_OTHER_NAMES, what)
        if what in OF_ANOTHER_SECOND:
            return 0
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
    if 1 < len(other) and min(len(one), len(other)) < 4:
        return True  # it was seldom among the highest
    if len(other) == 1:  # a sum may have a guest twice that has just moved
        return math.isclose(one[-1], other[0], rel_tol=0.5)
    one, other = statistics.fmean(one), statistics.fmean(other)
    return one == other or (one * other > 0 and 1 / 4 < one / other < 4)


class OfAHomelab(unittest.TestCase):
    def test_what_shows_nothing_says_why(self):
        lab = Homelab()
        self.addCleanup(lab.stop)
        for metric in ("proxmox_ve_guest_up offset 20s",
                       "rate(proxmox_ve_guest_network_receive_bytes_total[40s])"):
            harness.wait_for(metric, lambda metric=metric: lab.prometheus.query(metric), 60, 1)
        lab.fall_silent()
        for view in lab.views():
            silent = {}
            for dashboard, panel, asked in unanswered(view, may_be_empty=("pool",)):
                if asked != "annotation":
                    silent.setdefault((dashboard["uid"], panel["title"]), [panel, 0])[1] += 1
            self.assertTrue(silent)
            for what, (panel, queries) in silent.items():
                says = panel["fieldConfig"]["defaults"]["noValue"]
                shows = queries < len(panel["targets"])
                self.assertTrue(shows or says != "no data in this range", what)


if __name__ == "__main__":
    unittest.main(verbosity=2)
