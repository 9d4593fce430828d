"""The kinds of panels, each said once for every store.

A panel has `prometheus`, a list of (PromQL, legend), and `influx`, a list of Ask; a panel that has
none for a store is left out of that store's dashboards. A table's columns come from both by their
headings.
"""

import dataclasses

from influx import COURSE, LAST, ROWS

GREEN, ORANGE, RED, GREY = "green", "orange", "red", "text"
# Shares that a machine should not stay above.
BUSY = ((None, GREEN), (0.8, ORANGE), (0.95, RED))
BAD_WHEN_ANY = ((None, GREEN), (1, RED))
PLAIN = ((None, GREY),)


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
