"""A panel as the JSON that Grafana wants."""

from field_config import defaults, overrides
from panels import PLAIN
from queries import source, targets
from rows import bar_transformations, column_overrides, table_transformations


def panel_json(panel, store, variables, dashboard_uid):
    """All but its id and place."""
    made = {
        "type": panel.kind,
        "title": panel.title,
        "datasource": source(store),
        "targets": targets(panel, store, variables),
        "fieldConfig": {"defaults": defaults(panel), "overrides": overrides(panel, store)},
        "options": options(panel),
        "interval": "10s",  # what is pushed comes every ten seconds
    }
    if panel.about:
        made["description"] = panel.about
    if panel.kind == "bargauge":
        made["transformations"] = bar_transformations(panel, store)
    if panel.kind == "table":
        made["transformations"] = table_transformations(panel, store)
        made["fieldConfig"]["overrides"] += column_overrides(panel, dashboard_uid)
    return made


def options(panel):
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
