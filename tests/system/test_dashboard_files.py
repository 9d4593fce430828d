"""The files of the dashboards: as their description says, sound for Grafana, and in Flux that compiles
and asks for what its InfluxQL twin asks for."""

import json
import os
import pathlib
import re
import subprocess
import sys
import unittest

import grafana
import harness
from grafana import FluxView, Range

STORES = ("prometheus", "flux", "influxql")
FLUX = pathlib.Path(os.environ.get("RELAY_FLUX", harness.ROOT / "build/flux")) / "node_modules"
CHECK = harness.ROOT / "tests/support/flux/check.js"


class Files(unittest.TestCase):
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
        if not FLUX.is_dir():
            self.skipTest("no compiler: ./dev test fetches it, or says that it could not")
        done = subprocess.run(["node", CHECK, FLUX], input=json.dumps(scripts), text=True,
                              capture_output=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
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

    def test_variables_of_flux_and_influxql_are_narrowed_by_the_same(self):
        pairs = zip(grafana.dashboards("flux"), grafana.dashboards("influxql"), strict=True)
        for flux, influxql in pairs:
            for one, other in zip(grafana.variables(flux), grafana.variables(influxql), strict=True):
                self.assertEqual(*(set(re.findall(r"\${(\w+):regex}", variable["query"]))
                                   for variable in (one, other)), one["name"])


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
