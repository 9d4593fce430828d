"""A dashboard: its variables, links, annotations and the places of its panels, as Grafana's JSON."""

import dataclasses

import variables
from panel_json import panel_json
from panels import is_for
from queries import source

COLUMNS = 24
TITLES = {"prometheus": "Prometheus", "flux": "InfluxDB, Flux", "influxql": "InfluxDB, InfluxQL"}


@dataclasses.dataclass(frozen=True)
class Row:
    title: str
    panels: list


@dataclasses.dataclass(frozen=True)
class Dashboard:
    name: str        # of its file and within its uid
    title: str
    about: str
    variables: tuple
    rows: list
    since: str = "now-6h"
    refresh: str = "30s"
    stores: tuple = ("prometheus", "flux", "influxql")


def uid(store, name):
    return f"pverelay-{store}-{name}"


def dashboard_json(dashboard, store):
    def uid_of(name):
        return uid(store, name)
    return {
        "uid": uid_of(dashboard.name),
        "title": f"{dashboard.title} ({TITLES[store]})",
        "description": dashboard.about,
        "tags": ["proxmox", f"pverelay-{store}"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,  # one crosshair over all panels
        "timezone": "browser",
        "time": {"from": dashboard.since, "to": "now"},
        "refresh": dashboard.refresh,
        "links": [{"type": "dashboards", "title": "Proxmox", "tags": [f"pverelay-{store}"],
                   "asDropdown": True, "includeVars": True, "keepTime": True, "targetBlank": False}],
        "annotations": {"list": variables.annotations(store, dashboard.variables, source(store))},
        "templating": {"list": variables.list_of(store, dashboard.variables, source(store))},
        "panels": list(_placed(dashboard, store, uid_of)),
    }


def _placed(dashboard, store, uid_of):
    """Panels from left to right, in lines as high as their highest; rows without panels fall out."""
    number, y = 0, 0
    for row in dashboard.rows:
        panels = [panel for panel in row.panels if is_for(panel, store)]
        if not panels:
            continue
        if row.title:
            number += 1
            yield {"id": number, "type": "row", "title": row.title, "collapsed": False, "panels": [],
                   "gridPos": {"x": 0, "y": y, "w": COLUMNS, "h": 1}}
            y += 1
        x = height = 0
        for panel in panels:
            if x + panel.width > COLUMNS:
                x, y, height = 0, y + height, 0
            number += 1
            place = {"x": x, "y": y, "w": panel.width, "h": panel.height}
            yield {"id": number, **panel_json(panel, store, dashboard.variables, uid_of),
                   "gridPos": place}
            x, height = x + panel.width, max(height, panel.height)
        y += height
