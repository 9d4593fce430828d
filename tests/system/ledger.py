"""What was pushed and answered, and whether a store has it.

A ledger is a set of points as a store that follows VictoriaMetrics' naming keeps them:
(name, labels, milliseconds) -> value. It is read from the file that `pverelay simulate --record`
writes, or from lines given directly.
"""

import re

# Lines of the simulator hold no escapes but `\ `, and no comma or blank inside their strings.
_SPACE = re.compile(r"(?<!\\) ")
_FIELD = re.compile(r'([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]*)')


def parse(line):
    """(measurement, {tag: value}, {field: text}, milliseconds)"""
    head, fields, time = _SPACE.split(line.strip(), maxsplit=1)[0], *_split_rest(line)
    measurement, *pairs = re.split(r"(?<!\\),", head)
    tags = dict(pair.split("=", 1) for pair in pairs)
    tags = {key: value.replace("\\ ", " ") for key, value in tags.items()}
    return measurement, tags, dict(_FIELD.findall(fields)), int(time) // 1_000_000


def _split_rest(line):
    rest = _SPACE.split(line.strip(), maxsplit=1)[1]
    fields, time = rest.rsplit(" ", 1)
    return fields, time


def is_number(text):
    return not text.startswith('"')


def key(name, labels, milliseconds):
    return (name, tuple(sorted(labels.items())), milliseconds)


def numbers_of(lines, cluster="lab"):
    """The numeric points that the relay owes a store of line protocol for these lines."""
    points = {}
    for line in lines:
        measurement, tags, fields, time = parse(line)
        labels = tuple(sorted({**tags, "cluster": cluster}.items()))
        for field, text in fields.items():
            if is_number(text):
                points[f"{measurement}_{field}", labels, time] = float(text)
    return points


def as_remote_write(points, cluster="lab"):
    """The same points as remote write names them: `instance` where no tag of the line has it."""
    return {(name, labels if any(key == "instance" for key, _ in labels)
             else tuple(sorted((*labels, ("instance", cluster)))), time): value
            for (name, labels, time), value in points.items()}


def recorded_lines(path, answered_only=True):
    """The lines of a record whose push was answered with 2xx (or went over UDP)."""
    wanted = True
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith("#"):
                wanted = not answered_only or " status=2" in line or " status=udp" in line
            elif wanted and line.strip():
                yield line


def points_of(export, without=()):
    """Every point of a store's export, as a ledger; labels of the store's own left out."""
    points = {}
    for labels, samples in export:
        name = labels.pop("__name__")
        for label in without:
            labels.pop(label, None)
        labels = tuple(sorted(labels.items()))
        for milliseconds, value in samples:
            points[name, labels, milliseconds] = value
    return points


def is_same(owed, held):
    """VictoriaMetrics keeps integers whole, and of fractions about twelve digits: it packs the
    values of a series as integers with one common power of ten."""
    return owed == held or (owed != int(owed) and abs(owed - held) <= 1e-11 * abs(owed))


def difference(owed, held, equal=is_same, most=5):
    """A sentence about what is owed and not held, held with another value, or held under a name
    of what is owed without being owed; empty if there is nothing of the kind."""
    missing = [k for k in owed if k not in held]
    wrong = [(k, owed[k], held[k]) for k in owed if k in held and not equal(owed[k], held[k])]
    names = {name for name, _, _ in owed}
    unowed = [k for k in held if k[0] in names and k not in owed]
    if not missing and not wrong and not unowed:
        return ""
    return (f"of {len(owed)} points {len(missing)} missing: {missing[:most]}; "
            f"{len(wrong)} wrong: {wrong[:most]}; {len(unowed)} unowed: {unowed[:most]}")
