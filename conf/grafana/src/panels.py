"""The kinds of panels, each said once for every store, and the JSON that Grafana wants of them.

A panel has `prometheus`, a list of (PromQL, legend), and `influx`, a list of Ask; a panel that has
none for a store is left out of that store's dashboards. A table's columns come from both by their
headings.
"""

import dataclasses
import re

from influx import COURSE, LAST, ROWS, Ask
from promql import narrow

GREEN, YELLOW, ORANGE, RED, GREY, BLUE = "green", "yellow", "orange", "red", "text", "blue"
# Shares that a machine should not stay above.
BUSY = ((None, GREEN), (0.8, ORANGE), (0.95, RED))
BAD_WHEN_ANY = ((None, GREEN), (1, RED))
PLAIN = ((None, GREY),)
STORES = {"prometheus": "prometheus", "flux": "influxdb", "influxql": "influxdb"}


@dataclasses.dataclass(frozen=True)
class Panel:
    title: str
    kind: str
    prometheus: list
    influx: list
    unit: str = "short"
    about: str = ""                # what it shows, for whoever hovers over its title
    now: bool = False              # the last values, not their course
    least: float | None = 0
    most: float | None = None
    decimals: int | None = None
    steps: tuple = PLAIN           # (from this value on, colour)
    words: dict = dataclasses.field(default_factory=dict)  # value -> (word, colour)
    empty: str = "no data in this range"
    width: int = 8
    height: int = 8
    stacked: bool = False
    mirrored: bool = False         # what is written or sent goes down
    # Of a table: heading -> label and tag that make a row, one word where both are called the same;
    # heading -> unit, or (unit, words, steps).
    keys: dict = dataclasses.field(default_factory=dict)
    columns: dict = dataclasses.field(default_factory=dict)
    worst: tuple = ("", True)      # (heading, descending): what hurts comes first
    links: dict = dataclasses.field(default_factory=dict)  # heading -> (dashboard, {variable: heading})


@dataclasses.dataclass(frozen=True)
class Info:
    """A column of a table that is a label, not a value: of the series that are 1."""
    expression: str
    labels: dict  # label -> heading


def stat(title, prometheus, influx, **more):
    return Panel(title, "stat", prometheus, influx, now=True, **{"width": 4, "height": 4, **more})


def graph(title, prometheus, influx, **more):
    return Panel(title, "timeseries", prometheus, influx, **{"width": 12, **more})


def bars(title, prometheus, influx, **more):
    return Panel(title, "bargauge", prometheus, influx, now=True, **more)


def timeline(title, prometheus, influx, **more):
    return Panel(title, "state-timeline", prometheus, influx, **{"width": 24, "height": 6, **more})


def table(title, prometheus, influx, **more):
    return Panel(title, "table", prometheus, influx, now=True, **{"width": 24, "height": 9, **more})


def form(panel):
    return ROWS if panel.kind in ("table", "bargauge") else LAST if panel.now else COURSE


def is_for(panel, store):
    return bool(panel.prometheus if store == "prometheus" else panel.influx)


def source(store):
    return {"type": STORES[store], "uid": "${datasource}"}


def panel_json(panel, store, variables, dashboard_uid):
    """All but its id and place."""
    made = {
        "type": panel.kind,
        "title": panel.title,
        "datasource": source(store),
        "targets": _targets(panel, store, variables),
        "fieldConfig": {"defaults": _defaults(panel), "overrides": _overrides(panel, store)},
        "options": _options(panel),
        "interval": "10s",  # what is pushed comes every ten seconds
    }
    if panel.about:
        made["description"] = panel.about
    if panel.kind == "bargauge":
        made["transformations"] = _bar_transformations(panel, store)
    if panel.kind == "table":
        made["transformations"] = _table_transformations(panel, store)
        made["fieldConfig"]["overrides"] += _column_overrides(panel, dashboard_uid)
    return made


def _targets(panel, store, variables):
    if store != "prometheus":
        return [_influx_target(panel, ask, store, variables, ref)
                for ref, ask in _lettered(panel.influx)]
    if panel.kind != "table":
        return [_prometheus_target(panel, narrow(expression, variables), legend, ref)
                for ref, (expression, legend) in _lettered(panel.prometheus)]
    return [_prometheus_target(panel, narrow(_column_expression(panel, column), variables), "", ref)
            for ref, column in _lettered(panel.prometheus)]


def _lettered(things):
    return zip("ABCDEFGHIJKLMNOP", things)


def _column_expression(panel, column):
    """Rows of one table merge where their labels are the same: none but its keys."""
    labels = list(_key_names(panel, "prometheus"))
    if isinstance(column, Info):
        return f"max by ({', '.join([*labels, *column.labels])}) ({column.expression})"
    return f"max by ({', '.join(labels)}) ({column[1]})"


def _prometheus_target(panel, expression, legend, ref):
    made = {"refId": ref, "datasource": source("prometheus"), "expr": expression,
            "legendFormat": legend or "__auto"}
    return made | ({"instant": True, "range": False, "format": "table" if form(panel) == ROWS else
                    "time_series"} if panel.now else {"range": True, "format": "time_series"})


def _influx_target(panel, ask: Ask, store, variables, ref):
    made = {"refId": ref, "datasource": source(store)}
    if store == "flux":
        return made | {"query": ask.flux(variables, form(panel))}
    made |= {"rawQuery": True, "query": ask.influxql(variables, form(panel)),
             "resultFormat": "table" if form(panel) == ROWS else "time_series"}
    return made | ({"alias": _legend(ask, "$tag_{}", "$col")} if ask.legend else {})


def _legend(ask, tag, value):
    words = ask.legend.replace("{value}", value)
    for name in ask.by:
        words = words.replace(f"{{{name}}}", tag.format(name))
    return words


def _defaults(panel):
    made = {"unit": panel.unit, "noValue": panel.empty, "custom": {}, "color": {"mode": "thresholds"},
            "mappings": _mappings(panel.words),
            "thresholds": {"mode": "absolute", "steps": _steps(panel.steps)}}
    if panel.least is not None and panel.kind != "table" and not panel.mirrored:
        made["min"] = panel.least
    if panel.most is not None:
        made["max"] = panel.most
    if panel.decimals is not None:
        made["decimals"] = panel.decimals
    if panel.kind == "timeseries":
        made["color"] = {"mode": "palette-classic"}
        made["custom"] = {"lineWidth": 1, "fillOpacity": 40 if panel.stacked else 8,
                          "showPoints": "never", "spanNulls": False,
                          "insertNulls": 300000,  # five minutes of silence are a gap
                          "stacking": {"mode": "normal" if panel.stacked else "none", "group": "A"}}
        if panel.steps != PLAIN:
            made["custom"]["thresholdsStyle"] = {"mode": "dashed"}
    if panel.kind == "state-timeline":
        made["custom"] = {"lineWidth": 0, "fillOpacity": 80, "insertNulls": 300000}
    return made


def _steps(steps):
    return [{"value": value, "color": colour} for value, colour in steps]


def _mappings(words):
    if not words:
        return []
    options = {str(value): {"text": word, "color": colour, "index": i}
               for i, (value, (word, colour)) in enumerate(words.items())}
    return [{"type": "value", "options": options}]


def _options(panel):
    last = {"calcs": ["lastNotNull"], "fields": "", "values": panel.kind == "bargauge"}
    if panel.kind == "stat":
        return {"reduceOptions": last, "colorMode": "background" if panel.words or
                panel.steps != PLAIN else "none", "graphMode": "none", "justifyMode": "center",
                "textMode": "value_and_name" if _has_names(panel) else "value"}
    if panel.kind == "bargauge":
        return {"reduceOptions": last, "displayMode": "basic", "orientation": "horizontal",
                "valueMode": "color", "showUnfilled": True}
    if panel.kind == "timeseries":
        return {"legend": {"displayMode": "table", "placement": "right", "showLegend": True,
                           "calcs": ["lastNotNull", "max"], "sortBy": "Last *", "sortDesc": True}
                if panel.width > 12 else {"displayMode": "list", "placement": "bottom",
                                          "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "desc"}}
    if panel.kind == "state-timeline":
        return {"mergeValues": True, "showValue": "never", "rowHeight": 0.8,
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "single", "sort": "none"}}
    heading, descending = panel.worst
    return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False},
            "sortBy": [{"displayName": heading, "desc": descending}]}


def _has_names(panel):
    return any(legend for _, legend in panel.prometheus) or any(ask.legend for ask in panel.influx)


def _overrides(panel, store):
    made = []
    if store == "flux" and form(panel) != ROWS:
        for ref, ask in _lettered(panel.influx):
            if ask.legend:
                name = _legend(ask, "${{__field.labels.{}}}", "${__field.name}")
                made.append(_override("byFrameRefID", ref, displayName=name))
    if panel.mirrored:
        made.append(_override("byRegexp", "/(written|sent)$/", **{"custom.transform": "negative-Y"}))
    return made


def _override(matcher, options, **properties):
    return {"matcher": {"id": matcher, "options": options},
            "properties": [{"id": name, "value": value} for name, value in properties.items()]}


# Bars and tables: the rows of queries

BARS_MAX = 15


def _bar_transformations(panel, store):
    """A bar is named by the words of its row: those of the legend are kept."""
    if store == "prometheus":
        named, value = re.findall(r"{{(\w+)}}", panel.prometheus[0][1]), "Value"
    else:
        named, value = re.findall(r"{(\w+)}", panel.influx[0].legend), panel.influx[0].names()[0]
    return [{"id": "filterFieldsByName", "options": {"include": {"names": [*named, value]}}},
            {"id": "merge", "options": {}},
            {"id": "sortBy", "options": {"sort": [{"field": value, "desc": panel.worst[1]}]}},
            {"id": "limit", "options": {"limitField": BARS_MAX}}]

def _key_names(panel, store):
    """label or tag -> heading"""
    return {name if isinstance(name, str) else name[store != "prometheus"]: heading
            for heading, name in panel.keys.items()}


def _names_of(panel, store):
    """name of a field as it comes -> heading"""
    names = _key_names(panel, store)
    if store != "prometheus":
        return names | {name: name for ask in panel.influx for name in ask.names()}
    for ref, column in _lettered(panel.prometheus):
        if isinstance(column, Info):
            names |= column.labels
        else:
            names["Value" if len(panel.prometheus) == 1 else f"Value #{ref}"] = column[0]
    return names


def _table_transformations(panel, store):
    names = _names_of(panel, store)
    headings = [*panel.keys, *panel.columns]
    order = {name: headings.index(heading) for name, heading in names.items()}
    return [{"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"renameByName": names, "indexByName": order,
                                           "excludeByName": {}}}]


def _column_overrides(panel, dashboard_uid):
    yield _override("byRegexp", "/.*/", noValue="–")  # the panel's own word is for a table without rows
    for heading, how in panel.columns.items():
        unit, words, steps = how if isinstance(how, tuple) else (how, {}, ())
        properties = {"unit": unit} if unit else {}
        if words:
            properties |= {"mappings": _mappings(words), "custom.cellOptions": {"type": "color-text"}}
        if steps:
            properties |= {"thresholds": {"mode": "absolute", "steps": _steps(steps)},
                           "custom.cellOptions": {"type": "color-text"}}
        if properties:
            yield _override("byName", heading, **properties)
    for heading, (dashboard, passes) in panel.links.items():
        arguments = "&".join(f"var-{variable}=${{__data.fields[\"{of}\"]}}"
                             for variable, of in passes.items())
        url = (f"/d/{dashboard_uid(dashboard)}?${{datasource:queryparam}}&{arguments}"
               "&${__url_time_range}")
        yield _override("byName", heading,
                        links=[{"title": "Look at ${__value.text}", "url": url}])
