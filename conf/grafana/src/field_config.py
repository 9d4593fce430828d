"""How values look: units, words, colours, limits and names."""

from influx import ROWS
from panels import PLAIN, form
from queries import legend_words, lettered

# What goes down where a panel is mirrored, by the last word of its legend; Flux's own names, which
# may count before the legend does, have it first.
DOWN = "/ (written|sent)$|^(written|sent)( |$)/"


def defaults(panel):
    made = {"unit": panel.unit, "noValue": panel.empty, "custom": {}, "color": {"mode": "thresholds"},
            "mappings": mappings_json(panel.words),
            "thresholds": {"mode": "absolute", "steps": steps_json(panel.steps)}}
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


def steps_json(steps):
    return [{"value": value, "color": colour} for value, colour in steps]


def mappings_json(words):
    if not words:
        return []
    options = {str(value): {"text": word, "color": colour, "index": i}
               for i, (value, (word, colour)) in enumerate(words.items())}
    return [{"type": "value", "options": options}]


def overrides(panel, store):
    made = []
    if store == "flux" and form(panel) != ROWS:
        for ref, ask in lettered(panel.influx):
            if ask.legend:
                name = legend_words(ask, "${{__field.labels.{}}}", "${__field.name}")
                made.append(override("byFrameRefID", ref, displayName=name))
    if panel.mirrored:
        made.append(override("byRegexp", DOWN, **{"custom.transform": "negative-Y"}))
    return made


def override(matcher, options, **properties):
    return {"matcher": {"id": matcher, "options": options},
            "properties": [{"id": name, "value": value} for name, value in properties.items()]}
