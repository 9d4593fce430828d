"""The queries of a panel, as a store's panel editor would have them."""

from influx import ROWS, Ask
from panels import Info, form
from promql import narrow

STORES = {"prometheus": "prometheus", "flux": "influxdb", "influxql": "influxdb"}


def source(store):
    return {"type": STORES[store], "uid": "${datasource}"}


def targets(panel, store, variables):
    if store != "prometheus":
        return [_influx_target(panel, ask, store, variables, ref)
                for ref, ask in lettered(panel.influx)]
    if panel.kind != "table":
        return [_prometheus_target(panel, narrow(expression, variables), legend, ref)
                for ref, (expression, legend) in lettered(panel.prometheus)]
    return [_prometheus_target(panel, narrow(_column_expression(panel, column), variables), "", ref)
            for ref, column in lettered(panel.prometheus)]


def lettered(things):
    return zip("ABCDEFGHIJKLMNOP", things)


def _column_expression(panel, column):
    """Rows of one table merge where their labels are the same: none but its keys."""
    labels = list(key_names(panel, "prometheus"))
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
    return made | ({"alias": legend_words(ask, "$tag_{}", "$col")} if ask.legend else {})


def legend_words(ask, tag, value):
    words = ask.legend.replace("{value}", value)
    for name in ask.by:
        words = words.replace(f"{{{name}}}", tag.format(name))
    return words


def key_names(panel, store):
    """label or tag -> heading"""
    return {name if isinstance(name, str) else name[store != "prometheus"]: heading
            for heading, name in panel.keys.items()}
