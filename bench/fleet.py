"""How does a fleet of two colors switch, and how long does each partition stand still in it?

A switch is asked for with `weir switch apply`; the members do the rest. What happened is told from
their streams, in nanoseconds of the monotonic clock.
"""
import json
import subprocess
import time

from clients import Look
from group import Group
from handover import (NS_PER_MS, NS_PER_S, first_records_came, longest_pause_ns, moves_between,
                      steps_of)
from servers import WEIR, Failure

COLORS = ("blue", "green")
LIMIT_SECONDS = 60
BEFORE_SECONDS = 2.0
AFTER_SECONDS = 1.5
FILLED = 1  # records of each partition that were there before the feeder's
NOTHING_YET = {"version": 1, "turn": 0, "epoch": 0, "active": "", "step": "idle", "why": "",
               "history": []}


class Switch:
    """What one switch did."""

    def __init__(self, mode, back, asked_ns):
        self.mode = mode
        self.back = back          # to the color that was active before
        self.asked_ns = asked_ns  # as the record says
        self.steps = []           # one dict for each partition
        self.calm_ns = []         # the longest pause of each in the seconds before
        self.handled = []         # (ns, records), from some seconds before until some after


class Desk:
    """Where a switch is asked for, and the record of the group is read."""

    def __init__(self, server, group):
        self.server = server.address()
        self.group = group
        self.look = Look(self.server)
        self.path = f"/consumers/{group}/weir/switch"

    def close(self):
        self.look.close()

    def read(self):
        data, version = self.look.read(self.path)
        return dict(NOTHING_YET) if data is None else json.loads(data), version

    def ask(self, color, mode):
        """When? It is told to a millisecond."""
        command = [WEIR, "switch", "apply", self.group, "--to", color, "--mode", mode, "--execute",
                   "-X", f"zookeeper.connect={self.server}"]
        for limit in ("--prepare", "--drain", "--take"):
            command += [limit, str(LIMIT_SECONDS)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"weir switch apply: {done.stderr.strip() or done.stdout.strip()}")
        record, _ = self.read()
        asked = record["request"] if "request" in record else record["history"][0]
        return asked["asked_ms"] * NS_PER_MS - (time.time_ns() - time.monotonic_ns())

    def is_done(self, color):
        record, _ = self.read()
        if record["step"] == "idle" and record["active"] != color:
            raise Failure(f"no switch to {color}: {record['history'][0]['why']}")
        return record["step"] == "idle"


class Fleet(Group):
    """Members of two colors, of which one is at work."""

    def start_color(self, color, names, settings):
        for name in names:
            self.start(name, **{"weir.color": color, **settings}).color = color

    def of(self, color):
        return [member for member in self.present if member.color == color]

    def is_at_work(self, color):
        """Has every partition one owner, all of that color, and each its share?"""
        members = self.of(color)
        least, rest = divmod(len(self.places), len(members))
        return (self.owners().keys() == self.places and
                sum(len(member.owned) for member in self.present) == len(self.places) and
                all(least <= len(member.owned) <= least + (rest > 0) for member in members))

    def is_known(self, look):
        """Is every member registered?"""
        return all(look.node(f"/consumers/{self.name}/ids/{member.name}")
                   for member in self.present)


def pause_before_ns(records, from_ns, to_ns):
    return longest_pause_ns([record for record in records if record[0] <= to_ns], from_ns, to_ns)


def ready_ns(feeder, place, step, new):
    """The old color was done, and the record that came to the new one first was to be sent."""
    if step["last_ns"] is None or step["first_ns"] is None:
        return None
    index = new.offsets[place, step["first_ns"]] - FILLED
    return max(step["last_ns"], feeder.due_ns(place[1], index))


def tell(fleet, feeder, switch, moved):
    """The streams have been read."""
    before_ns = switch.asked_ns - int(BEFORE_SECONDS * NS_PER_S)
    for place, (old, new) in moved.items():
        step = steps_of(fleet, place, old, new, switch.asked_ns)
        step["ready_ns"] = ready_ns(feeder, place, step, new)
        switch.steps.append(step)
        switch.calm_ns.append(pause_before_ns(fleet.records_of(place), before_ns, switch.asked_ns))
    switch.handled = sorted(entry for member in fleet.present for entry in member.handled)


def measure(fleet, desk, feeder, switch_to, patience_seconds):
    """Switches to a color, in a mode, back or not, and tells how it went."""
    color, mode, back = switch_to
    for member in fleet.present:
        member.read()
        member.forget_records()
    time.sleep(BEFORE_SECONDS)
    fleet.read()
    before = fleet.owners()
    switch = Switch(mode, back, desk.ask(color, mode))
    fleet.await_until(lambda: fleet.is_at_work(color) and desk.is_done(color),
                      f"the switch to {color}", patience_seconds)
    moved = moves_between(before, fleet.owners())
    fleet.await_until(lambda: first_records_came(fleet, moved, switch.asked_ns),
                      f"a record of each partition in {color}", patience_seconds)
    time.sleep(AFTER_SECONDS)
    for member in fleet.present:
        member.read_records()
    tell(fleet, feeder, switch, moved)
    return switch
