"""Whether every line that a store refused for good stands in the dead letters, and no other does."""

import json
import subprocess

import harness

REFUSALS = {"invalid"}  # what the doors' words about poison mean to the relay
NEAR_SECONDS = 1.5      # a letter is on its way to the disk for so long at most


def line_of(door, key):
    """As the relay journals it: its own tag added, all of them in order."""
    sender, milliseconds = key
    return (f"torture,cluster=lab,poison={door.name},row=r{milliseconds % 400},sender={sender} "
            f"value={milliseconds % 10**6} {milliseconds * 10**6}")


def kept(config):
    """[(sink, reason, line)] of all letters on disk."""
    done = subprocess.run([harness.RELAY, "journal", "cat", "--dead", "--json", "--config", config],
                          capture_output=True, timeout=60, check=False)
    if done.returncode != 0:
        raise AssertionError(f"journal cat --dead ended with {done.returncode}: {done.stderr!r}")
    letters = [json.loads(line) for line in done.stdout.splitlines()]
    return [(one.get("sink", ""), one["reason"], one["line"]) for one in letters]


class Lean:
    """A time at which the disk took nothing, and what it cost: letters that were not written, and,
    to make room, letters that were. `lost` is None where the relay was killed within it."""

    def __init__(self, run):
        self.run = run
        self.before = self.figures()
        self.had, self.begun = set(kept(run.relay.config)), run.now()
        self.ended, self.lost, self.deleted = None, None, set()

    def figures(self):
        metrics = self.run.relay.metrics()
        return [int(metrics[f"pverelay_dead_letter_{what}_lines_total"])
                for what in ("lost", "overflow", "deleted")]

    def end(self):
        """The disk is well again and the relay still lives."""
        self.end_killed()
        lost, overflow, deleted = (now - then for now, then in zip(self.figures(), self.before))
        self.lost = lost + overflow
        if deleted:
            self.deleted = self.had - set(kept(self.run.relay.config))
        if len(self.deleted) > deleted:
            raise AssertionError(f"{len(self.deleted)} dead letters are gone and {deleted} counted")

    def end_killed(self):
        self.ended = self.run.now()

    def covers(self, at):
        return self.begun - NEAR_SECONDS < at < self.ended + NEAR_SECONDS


def check(run):
    """Sentences about letters that are missing, wrong, or of lines that no store refused; and how
    many there are."""
    letters, problems = kept(run.relay.config), []
    for door in run.doors:
        own = {(reason, line) for sink, reason, line in letters if sink == door.name}
        lines = {line for _, line in own}
        problems += [f"a dead letter of {door.name} has the reason {reason}: {line}"
                     for reason, line in own if reason not in REFUSALS]
        refused = {line_of(door, key): key for key in door.refused}
        problems += [f"{door.name} never refused {line}, which is a dead letter"
                     for line in lines - set(refused)]
        missing = [key for line, key in refused.items()
                   if line not in lines and key not in door.told and key in door.refused_at]
        problems += unexplained(run, door, missing)
    strange = [one for one in letters if one[0] not in {door.name for door in run.doors}]
    problems += [f"a dead letter that nobody asked for: {one}" for one in strange]
    return problems, len({one for one in letters})


def unexplained(run, door, missing):
    """Those that no lean time cost. One that was counted explains one letter."""
    budgets = {lean: lean.lost for lean in run.lean}
    for key in missing:
        at, line = door.refused_at[key], line_of(door, key)
        if any(line == gone for lean in run.lean for _, _, gone in lean.deleted):
            continue
        near = [lean for lean in run.lean if lean.covers(at)]
        if any(lean.lost is None for lean in near):
            continue
        paid = next((lean for lean in near if budgets[lean] > 0), None)
        if paid is None:
            yield f"{door.name} refused {line}, and there is no dead letter of it"
        else:
            budgets[paid] -= 1
