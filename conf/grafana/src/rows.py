"""Bars and tables: what is made of the rows that their queries give."""

import re

from field_config import mappings_json, override, steps_json
from panels import Info
from queries import key_names, lettered

BARS_MAX = 15


def bar_transformations(panel, store):
    """A bar is named by the words of its row: those of the legend are kept."""
    if store == "prometheus":
        named, value = re.findall(r"{{(\w+)}}", panel.prometheus[0][1]), "Value"
    else:
        named, value = re.findall(r"{(\w+)}", panel.influx[0].legend), panel.influx[0].names()[0]
    return [{"id": "filterFieldsByName", "options": {"include": {"names": [*named, value]}}},
            {"id": "merge", "options": {}},
            {"id": "sortBy", "options": {"sort": [{"field": value, "desc": panel.worst[1]}]}},
            {"id": "limit", "options": {"limitField": BARS_MAX}}]


def _names_of(panel, store):
    """name of a field as it comes -> heading"""
    names = key_names(panel, store)
    if store != "prometheus":
        return names | {name: name for ask in panel.influx for name in ask.names()}
    for ref, column in lettered(panel.prometheus):
        if isinstance(column, Info):
            names |= column.labels
        else:
            names["Value" if len(panel.prometheus) == 1 else f"Value #{ref}"] = column[0]
    return names


def table_transformations(panel, store):
    names = _names_of(panel, store)
    headings = [*panel.keys, *panel.columns]
    order = {name: headings.index(heading) for name, heading in names.items()}
    return [{"id": "filterFieldsByName", "options": {"include": {"names": list(names)}}},
            {"id": "merge", "options": {}},
            {"id": "organize", "options": {"renameByName": names, "indexByName": order,
                                           "excludeByName": {}}}]


def column_overrides(panel, dashboard_uid):
    yield override("byRegexp", "/.*/", noValue="–")  # the panel's own word is for a table without rows
    for heading, how in panel.columns.items():
        unit, words, steps = how if isinstance(how, tuple) else (how, {}, ())
        properties = {"unit": unit} if unit else {}
        if words:
            properties |= {"mappings": mappings_json(words), "custom.cellOptions": {"type": "color-text"}}
        if steps:
            properties |= {"thresholds": {"mode": "absolute", "steps": steps_json(steps)},
                           "custom.cellOptions": {"type": "color-text"}}
        if properties:
            yield override("byName", heading, **properties)
    for heading, (dashboard, passes) in panel.links.items():
        arguments = "&".join(f"var-{variable}=${{__data.fields[\"{of}\"]}}"
                             for variable, of in passes.items())
        url = (f"/d/{dashboard_uid(dashboard)}?${{datasource:queryparam}}&{arguments}"
               "&${__url_time_range}")
        yield override("byName", heading,
                        links=[{"title": "Look at ${__value.text}", "url": url}])
