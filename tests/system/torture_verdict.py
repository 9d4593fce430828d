"""What ./dev torture makes of it all: which lines are missing, and whether they may be."""

import collections
import functools
import zlib

import ledger
import torture_letters


class Lost:
    """Lines of segments that a full disk may have cost, and how many were counted as lost."""

    def __init__(self, before):
        self.before, self.counted, self.lines = before, {}, set()

    def read(self, segments):
        for path in segments:
            for sender, milliseconds in lines_of_segment(path):
                self.lines.add((sender, milliseconds))


def lines_of_segment(path):
    """The keys of all lines in a segment, as far as it can be read."""
    data, text = path.read_bytes(), b""
    while data:
        member = zlib.decompressobj(31)
        try:
            text += member.decompress(data)
        except zlib.error:
            break
        if not member.eof:
            break
        data = member.unused_data
    for line in text.decode().splitlines():
        _, tags, _, milliseconds = ledger.parse(line)
        yield tags["sender"], milliseconds


class Verdict:
    def __init__(self, run):
        self.run = run

    def bodies(self):
        senders = (*self.run.pushers, self.run.datagrams)
        return [body for sender in senders for body in sender.bodies]

    def held_by_remote(self):
        """What VictoriaMetrics itself says it has, values checked."""
        held = set()
        for labels, samples in self.run.store.export('{__name__="torture_value"}'):
            for milliseconds, value in samples:
                if int(value) != milliseconds % 10**6:
                    raise AssertionError(f"{labels} {milliseconds} has the value {value}")
                held.add((labels["sender"], milliseconds))
        return held

    def reach(self):
        """(sentences about what must not be, the last line)"""
        bodies = self.bodies()
        sent = {key for body in bodies for key in body.keys()}
        problems = [f"a line of {body.sender} was rejected at {self.when(body.at)}"
                    for body in bodies if body.status not in (None, 204, 503)]
        excused = collections.Counter()
        for door, held in ((self.run.doors[0], set(self.run.doors[0].held)),
                           (self.run.doors[1], self.held_by_remote())):
            problems += [f"{door.name} has {key}, which was never sent" for key in held - sent]
            missing = [self.excuse(door, body, key, excused) for body in bodies
                       if body.status == 204 for key in body.keys() if key not in held]
            problems += [reason for reason in missing if reason]
            problems += self.check_lost(door, held)
        wrong, letters = torture_letters.check(self.run)
        return problems + wrong, self.last_line(bodies, excused, letters)

    @functools.cache
    def in_journal(self):
        return {key for path in self.run.relay.journal.glob("*.lp.gz")
                for key in lines_of_segment(path)}

    def excuse(self, door, body, key, excused):
        """Nothing, counted, if the line may be missing; else what is known of it."""
        if body.poison == door.name and key == body.poison_key() and key in door.refused:
            excused["refused"] += 1
        elif body.durable == "no" and body.failure in self.run.killed_failures:
            excused["killed"] += 1
        elif any(lost.counted[door.name] and key in lost.lines for lost in self.run.lost):
            excused["lost"] += 1
        else:
            other = next(one for one in self.run.doors if one is not door)
            return (f"{door.name} misses {key}: sent by {body.sender}, answered 204 "
                    f"({body.durable}) at {self.when(body.at)} in life {body.life}, "
                    f"{self.kind(body, key)}, "
                    f"{other.name} {'has' if key in other.held else 'misses'} it, "
                    f"the journal {'has' if key in self.in_journal() else 'no longer has'} it")
        return None

    @staticmethod
    def kind(body, key):
        return f"poison for {body.poison}" if body.poison and key == body.poison_key() else "good"

    def check_lost(self, door, held):
        """Every line that a full disk cost was counted, and no other but those of which the relay
        could not know that the store has them."""
        unsure = {key for at, answered, keys in door.takings
                  if not answered or any(begin < at < end for begin, end in self.run.doubts)
                  for key in keys}
        for lost in self.run.lost:
            gone = {key for key in lost.lines if key not in held}
            least, most = len(gone - door.refused), len(gone | (unsure & lost.lines))
            if not least <= lost.counted[door.name] <= most:
                yield (f"{door.name}: a full disk cost {least} to {most} lines, and "
                       f"{lost.counted[door.name]} were counted")

    def when(self, at):
        """The moment, and what was done just before and after it."""
        begun = self.run.history[0][0]
        near = [f"{name} at {then - begun:.1f} s" for then, name in self.run.history
                if abs(then - at) < 3]
        return f"{at - begun:.1f} s ({', '.join(near) or 'nothing near'})"

    def last_line(self, bodies, excused, letters):
        durable, held = collections.Counter(), [len(door.held) for door in self.run.doors]
        for body in bodies:
            if body.status == 204:
                durable["udp" if body.sender == "udp" else body.durable] += body.lines
        twice = [sum(door.held.values()) - len(door.held) for door in self.run.doors]
        faults = [f"{count} {name.replace('_', ' ')}"
                  for name, count in sorted(self.run.done.items())]
        stores = [f"{door.name} {' '.join(f'{k}:{v}' for k, v in sorted(door.hits.items()))}"
                  for door in self.run.doors]
        return (f"torture: {', '.join(faults)}; answers of faulty stores: {'; '.join(stores)}; "
                f"lines answered 204: {durable['disk']} on disk, {durable['kernel']} in the "
                f"kernel, {durable['no']} in memory, {durable['udp']} by datagram; arrived: "
                f"influx {held[0]}, remote {held[1]}; refused as poison {excused['refused']} "
                f"({letters} dead letters), "
                f"lost and counted {excused['lost']}, in memory when killed {excused['killed']}; "
                f"sent twice: influx {twice[0]}, remote {twice[1]}")
