"""Sends the queries of a dashboard as Grafana in a browser would: with its variables, its range and
its intervals filled in. One class for each kind of store; `rows` is how much came back.

The escaping is Grafana's own (10 and 11): of a regular expression by a backslash, which PromQL
wants twice within its strings.
"""

import dataclasses
import json
import re
import urllib.parse

import harness

DASHBOARDS = harness.ROOT / "conf/grafana"
ALL = object()


def dashboards(store):
    return [json.loads(path.read_text()) for path in sorted((DASHBOARDS / store).glob("*.json"))]


def targets(dashboard):
    """(panel, target) of every query of every panel."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel, target


def variables(dashboard):
    return [one for one in dashboard["templating"]["list"] if one["type"] == "query"]


def escaped(value):
    return re.sub(r"[\\^$*+?.()|\[\]{}/]", r"\\\g<0>", value)


@dataclasses.dataclass(frozen=True)
class Range:
    """Of the dashboard, in Unix seconds, and what Grafana makes of it: a point every ten seconds,
    rates over four pushes (the data source says that one comes every ten seconds)."""
    begin: int
    end: int
    step: int = 10
    rate: str = "40s"


def pattern(variable, chosen, escape):
    """What stands in the query for what is chosen: ALL, or a list of values."""
    values, of_all = chosen[variable]
    if values is ALL and of_all is not None:
        return of_all
    escaped_values = [escape(value) for value in values]
    return escaped_values[0] if len(escaped_values) == 1 else "(" + "|".join(escaped_values) + ")"


def options(values, regex):
    """The values of a variable as its regex makes them of what the store gave."""
    if not regex:
        return sorted(set(values))
    matched = re.match(r"^/(.*)/(g?)$", regex)
    expression = re.compile(re.sub(r"\(\?<(\w+)>", r"(?P<\1>", matched[1]))
    found = set()
    for value in values:
        for match in expression.finditer(value):
            found.add(match["value"] if "value" in expression.groupindex else match[1])
            if not matched[2]:
                break
    return sorted(found)


class PrometheusView:
    name = "prometheus"

    def __init__(self, store, over):
        self.store, self.over = store, over

    def filled(self, text, chosen):
        text = (text.replace("$__rate_interval", self.over.rate)
                .replace("$__interval", f"{self.over.step}s")
                .replace("$__range", f"{self.over.end - self.over.begin}s"))
        def twice(value):
            return re.sub(r"[\\^$*+?.()|\[\]{}]", r"\\\\\g<0>", value)
        for variable in sorted(chosen, key=len, reverse=True):
            text = re.sub(rf"\${variable}\b|\${{{variable}}}",
                          lambda _, v=variable: pattern(v, chosen, twice), text)
        return text

    def rows(self, target, chosen):
        return sum(len(series.get("values", [0])) for series in self._ask(target, chosen))

    def records(self, target, chosen):
        """{field: value} of every row that an instant query gives to a table."""
        for series in self._ask(target, chosen):
            yield {**series["metric"], f"Value #{target['refId']}": series["value"][1],
                   "Value": series["value"][1]}

    def courses(self, target, chosen):
        """(legend, values) of every series."""
        for series in self._ask(target, chosen):
            legend = re.sub(r"{{(\w+)}}", lambda label, of=series["metric"]: of.get(label[1], ""),
                            target["legendFormat"])
            yield legend, [float(value) for _, value in series.get("values") or [series["value"]]]

    def annotation(self, annotation, chosen):
        return self.rows({"expr": annotation["expr"]}, chosen)

    def _ask(self, target, chosen):
        expression = self.filled(target["expr"], chosen)
        if target.get("instant"):
            return harness.instant_query(self.store.url, expression, self.over.end)
        return harness.get_json(f"{self.store.url}/api/v1/query_range", query=expression,
                                start=self.over.begin, end=self.over.end,
                                step=self.over.step)["data"]["result"]

    def values(self, variable, chosen):
        query = self.filled(variable["query"]["query"], chosen)
        if match := re.fullmatch(r"label_values\((.*), (\w+)\)", query):
            found = harness.get_json(f"{self.store.url}/api/v1/label/{match[2]}/values",
                                     **{"match[]": match[1], "start": self.over.begin,
                                        "end": self.over.end})["data"]
        else:
            match = re.fullmatch(r"query_result\((.*)\)", query)
            found = ["{" + ",".join(f'{k}="{v}"' for k, v in one["metric"].items()) + "} 1 0"
                     for one in self.store.query(match[1], self.over.end)]
        return options(found, variable["regex"])


class InfluxqlView:
    name = "influxql"

    def __init__(self, store, over, database="proxmox"):
        self.store, self.over, self.database = store, over, database

    def filled(self, text, chosen):
        begin, end = self.over.begin * 1000, self.over.end * 1000
        text = (text.replace("$timeFilter", f"time >= {begin}ms and time <= {end}ms")
                .replace("$__interval", f"{self.over.step}s")
                .replace("${__from}", str(begin)).replace("${__to}", str(end)))
        for variable in chosen:
            text = text.replace(f"${{{variable}:regex}}", pattern(variable, chosen, escaped))
        return text

    def rows(self, target, chosen):
        """Rows that hold a value, not only a time."""
        return sum(any(value is not None for value in row[1:])
                   for series in self._ask(self.filled(target["query"], chosen))
                   for row in series["values"])

    def records(self, target, chosen):
        for series in self._ask(self.filled(target["query"], chosen)):
            for row in series["values"]:
                yield {**series["tags"], **dict(zip(series["columns"], row))}

    def courses(self, target, chosen):
        for series in self._ask(self.filled(target["query"], chosen)):
            for column, name in enumerate(series["columns"][1:], 1):
                legend = target.get("alias", "").replace("$col", name)
                legend = re.sub(r"\$tag_(\w+)", lambda tag, of=series: of["tags"][tag[1]], legend)
                values = [row[column] for row in series["values"] if row[column] is not None]
                if values:
                    yield legend, [float(value) for value in values]

    def annotation(self, annotation, chosen):
        return self.rows(annotation["target"], chosen)

    def values(self, variable, chosen):
        found = self._ask(self.filled(variable["query"], chosen))
        for series in found:
            if len(series["columns"]) != 2:  # a newer Grafana would offer both
                raise ValueError(f"{variable['name']}: {series['columns']}")
        return options([row[1] for series in found for row in series["values"]], variable["regex"])

    def _ask(self, statement):
        # A table is made of an answer in one piece; GET and POST read alike.
        query = urllib.parse.urlencode({"q": statement, "db": self.database, "epoch": "ms"})
        status, _, body = harness.http("GET", f"{self.store.url}/query?{query}")
        result = json.loads(body)["results"][0] if status == 200 else {"error": body.decode()}
        if "error" in result:
            raise ValueError(f"{statement}: {result['error']}")
        return result.get("series", [])


class FluxView:
    """Fills in only: there is no engine to ask."""
    name = "flux"

    def __init__(self, over):
        self.over = over

    def filled(self, text, chosen):
        for variable in chosen:
            text = text.replace(f"${{{variable}:regex}}", pattern(variable, chosen, escaped))
        return (text.replace("v.defaultBucket", '"proxmox"')
                .replace("v.timeRangeStart", "2026-01-01T00:00:00Z")
                .replace("v.timeRangeStop", "2026-01-01T06:00:00Z")
                .replace("${__from:date}", "2026-01-01T00:00:00.000Z")
                .replace("${__to:date}", "2026-01-01T06:00:00.000Z")
                .replace("v.windowPeriod", f"{self.over.step * 1000}ms"))


def headings(panel):
    """field -> heading of a table"""
    return panel["transformations"][-1]["options"]["renameByName"]


def row_headings(panel, twin):
    """What makes a row of a table for InfluxQL and of its twin for Prometheus."""
    tags = re.findall(r'"(\w+)"', panel["targets"][0]["query"].rsplit("GROUP BY", 1)[1])
    labels = re.match(r"max by \((.*?)\)", twin["targets"][0]["expr"])[1].split(", ")
    return {headings(panel)[tag] for tag in tags} & {headings(twin)[label] for label in labels}


def cells(view, panel, rows, chosen):
    """{(what makes the row, heading): value} of a table, after its transformations."""
    found = {}
    for target in panel["targets"]:
        for record in view.records(target, chosen):
            named = {headings(panel)[field]: value for field, value in record.items()
                     if field in headings(panel)}
            row = frozenset((heading, named[heading]) for heading in rows & named.keys())
            found |= {(row, heading): value for heading, value in named.items()
                      if heading not in rows and value not in (None, "")}
    return found


def courses(view, panel, chosen):
    """{legend: values} of a panel that is no table. Of one legend that several series have, the first."""
    found = {}
    for target in panel["targets"]:
        for legend, values in view.courses(target, chosen):
            found.setdefault(legend if legend != "__auto" else "", values)
    return found


class NothingOffered(Exception):
    """A variable has no value to choose."""


def chosen_all(view, dashboard, may_be_empty=()):
    """Everything is chosen everywhere; variable by variable, since one narrows the next. Of one that
    has no values Grafana chooses the empty word."""
    chosen = {}
    for variable in variables(dashboard):
        values = view.values(variable, chosen)
        if not values and variable["name"] in may_be_empty:
            chosen[variable["name"]] = ([""], None)
            continue
        if not values:
            raise NothingOffered(f"{dashboard['uid']}: ${variable['name']}")
        of_all = variable.get("allValue")
        chosen[variable["name"]] = (values if of_all is None else ALL, of_all)
    return chosen


def chosen_one(view, dashboard):
    """Of every variable its first value alone."""
    chosen = {}
    for variable in variables(dashboard):
        values = view.values(variable, chosen)
        if not values:
            raise NothingOffered(f"{dashboard['uid']}: ${variable['name']}")
        chosen[variable["name"]] = (values[:1], None)
    return chosen
