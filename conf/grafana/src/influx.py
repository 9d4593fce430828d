"""One question to InfluxDB, said once and written in both of its languages.

What a panel of an InfluxDB shows is an Ask: a measurement, its fields, the tags that tell the answers
apart and what is made of many points and many series. `flux()` and `influxql()` say the same from it,
so that the two kinds of dashboards cannot drift apart.
"""

import dataclasses
import re

# A panel that shows what is now looks back so far from the end of the dashboard's range: what comes
# seldomest (lines of what the API knows) comes every two minutes.
NOW = "3m"

# What an answer is: values over time, or the last ones, as series or as the rows of one table.
COURSE, LAST, ROWS = "course", "last", "rows"

# Which lines speak of which objects: the tags that name one of them, and the condition on `object`.
NAMES = {
    "cluster": ("cluster",),
    "nodes": ("cluster", "host"),
    "guests": ("cluster", "vmid"),
    "storages": ("cluster", "nodename", "host"),
    "pools": ("cluster", "host"),
    "ha": ("cluster", "host"),
    "host": ("cluster", "host"),  # a Backup Server
}

# Which variable of a dashboard narrows which tag; the first that the dashboard has counts.
NARROWS = {
    "nodes": (("node", "host"),),
    "guests": (("guest", "vmid"), ("node", "nodename")),
    "storages": (("node", "nodename"),),
}


def chosen(variable):
    """Matches what is chosen of a variable; `.*` where all is."""
    return f"/^(${{{variable}:regex}})$/"


def conditions(of, variables):
    """[(tag, regular expression)] of the variables that a dashboard has."""
    found = [("cluster", chosen("cluster"))] if "cluster" in variables else []
    for variable, tag in NARROWS.get(of, ()):
        if variable in variables:
            return found + [(tag, chosen(variable))]
    return found


def object_condition(of, equals):
    return '"object" =~ /^(qemu|lxc)$/' if of == "guests" else f"\"object\" {equals} '{of}'"


@dataclasses.dataclass(frozen=True)
class Ask:
    """`values`: name -> arithmetic over fields, of each series.

    each: what is made of a series' points in a window: mean, max, last, or rate, the growth a second.
    across: sum, max, min of the series that `by` does not tell apart; `plus` are the tags that tell an
    object's series apart beyond its name. `then`: name -> arithmetic over what `across` gave.
    only: a condition on a value, "up == 0.0".
    """

    measurement: str
    of: str
    values: dict
    by: tuple = ()
    each: str = "mean"
    across: str = ""
    plus: tuple = ()
    then: dict = dataclasses.field(default_factory=dict)
    only: str = ""
    where: dict = dataclasses.field(default_factory=dict)
    legend: str = ""

    def fields(self):
        """Every field that is read, in the order of its first use."""
        words = " ".join(self.values.values())
        return list(dict.fromkeys(re.findall(r"[A-Za-z_][\w-]*", words)))

    def names(self):
        return list(self.then or self.values)

    def inner_tags(self):
        return tuple(dict.fromkeys(NAMES[self.of] + self.plus + self.by)) if self.across else self.by

    # InfluxQL

    def influxql(self, variables, form):
        now = form != COURSE
        time = (f"time > ${{__to}}ms - {NOW} AND time <= ${{__to}}ms" if now else "$timeFilter")
        where = [object_condition(self.of, "=")]
        where += [f'"{tag}" =~ {matches}' for tag, matches in conditions(self.of, variables)]
        where += [f'"{tag}" =~ /{matches}/' for tag, matches in self.where.items()]
        select = ", ".join(f'{self._arithmetic(words, now)} AS "{name}"'
                           for name, words in self.values.items())
        text = (f'SELECT {select} FROM "{self.measurement}" WHERE {" AND ".join(where)} AND {time}'
                f"{self._group(self.inner_tags(), now)}")
        if not self.across and not self.only:
            return text
        if self.across:
            of_all = {name: f'{self.across}("{name}")' for name in self.values}
            made = {name: _replace(words, of_all.__getitem__) for name, words in self.then.items()}
            made = made or of_all
        else:
            made = {name: f'"{name}"' for name in self.values}
        select = ", ".join(f'{words} AS "{name}"' for name, words in made.items())
        outside = [] if now else ["$timeFilter"]
        outside += [_replace(self.only.replace("==", "="), '"{}"'.format)] if self.only else []
        where = f" WHERE {' AND '.join(outside)}" if outside else ""
        group = self._group(self.by, now or not self.across)
        return f"SELECT {select} FROM ({text}){where}{group}"

    def _arithmetic(self, words, now):
        def of(field):
            if now:
                return f'last("{field}")'
            if self.each == "rate":
                return f'non_negative_derivative(last("{field}"), 1s)'
            return f'{self.each}("{field}")'
        return _replace(words, of)

    @staticmethod
    def _group(tags, now):
        groups = ([] if now else ["time($__interval)"]) + [f'"{tag}"' for tag in tags]
        return (f" GROUP BY {', '.join(groups)}" if groups else "") + ("" if now else " fill(none)")

    # Flux

    def flux(self, variables, form):
        now = form != COURSE
        start = f"date.sub(d: {NOW}, from: v.timeRangeStop)" if now else "v.timeRangeStart"
        steps = [f"range(start: {start}, stop: v.timeRangeStop)", *self._filters(variables)]
        tags = self.inner_tags()
        one_series = (f"group(columns: {_list(('_field', *tags))})", 'sort(columns: ["_time"])')
        # A renamed or migrated guest has several series: they go on as one.
        if now:
            steps += ["last()", *one_series, "last()"]
        else:
            fn = "last" if self.each == "rate" else self.each
            steps += [f"aggregateWindow(every: v.windowPeriod, fn: {fn}, createEmpty: false)",
                      *one_series]
            steps += ["derivative(unit: 1s, nonNegative: true)"] if self.each == "rate" else []
        row = tags if now else ("_time", *tags)
        steps.append(f'pivot(rowKey: {_list(row)}, columnKey: ["_field"], valueColumn: "_value")')
        steps += self._map(self.values)
        if self.across:
            steps += self._across(now)
        if self.only:
            steps.append(f"filter(fn: (r) => {_replace(self.only, _column)})")
        kept = (() if now else ("_time",)) + self.by + tuple(self.names())
        steps.append(f"group(columns: {_list(() if form == ROWS else self.by)})")
        steps += ['sort(columns: ["_time"])'] if self.across and not now else []
        steps.append(f"keep(columns: {_list(kept)})")
        head = 'import "date"\n\n' if now else ""
        return head + "from(bucket: v.defaultBucket)" + "".join(f"\n  |> {it}" for it in steps)

    def _filters(self, variables):
        fields = " or ".join(f'r._field == "{field}"' for field in self.fields())
        of = "r.object =~ /^(qemu|lxc)$/" if self.of == "guests" else f'r.object == "{self.of}"'
        yield f'filter(fn: (r) => r._measurement == "{self.measurement}" and {of} and ({fields}))'
        narrow = [f"r.{tag} =~ {matches}" for tag, matches in conditions(self.of, variables)]
        narrow += [f"r.{tag} =~ /{matches}/" for tag, matches in self.where.items()]
        if narrow:
            yield f"filter(fn: (r) => {' and '.join(narrow)})"

    @staticmethod
    def _map(values):
        made = [f"{_key(name)}: {_replace(words, _column)}"
                for name, words in values.items() if words != name]
        if made:
            yield f"map(fn: (r) => ({{r with {', '.join(made)}}}))"

    def _across(self, now):
        yield f"group(columns: {_list(self.by if now else ('_time', *self.by))})"
        names = list(self.values)
        if len(names) == 1:
            yield f'{self.across}(column: "{names[0]}")'
        else:
            begin = ", ".join(f"{_key(name)}: 0.0" for name in names)
            step = ", ".join(f'{_key(name)}: accumulator["{name}"] + r["{name}"]' for name in names)
            yield f"reduce(identity: {{{begin}}}, fn: (r, accumulator) => ({{{step}}}))"
        yield from self._map(self.then)


def _replace(words, what):
    """Every name within arithmetic becomes what(name)."""
    return re.sub(r"[A-Za-z_][\w-]*", lambda name: what(name[0]), words)


def _column(name):
    return f'r["{name}"]'


def _key(name):
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'


def _list(words):
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"
