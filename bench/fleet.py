"""How does a fleet of two colors switch, and how long does each partition stand still in it?

A switch is asked for as `weir switch` does it, by writing the group's record; its members do the
rest. What happened is told from their streams, in nanoseconds of the monotonic clock.
"""
import json
import time

from clients import Look
from group import Group
from handover import (NS_PER_MS, NS_PER_S, first_records_came, longest_pause_ns, moves_between,
                      steps_of)
from servers import Failure

COLORS = ("blue", "green")
LIMIT_MS = 60000
BEFORE_SECONDS = 2.0
AFTER_SECONDS = 1.5
NOTHING_YET = {"version": 1, "turn": 0, "epoch": 0, "active": "", "step": "idle", "why": "",
               "history": []}


class Switch:
    """What one switch did."""

    def __init__(self, mode, back, asked_ns):
        self.mode = mode
        self.back = back          # to the color that was active before
        self.asked_ns = asked_ns  # the record was about to be written
        self.steps = []           # one dict for each partition
        self.calm_ns = []         # the longest pause of each in the seconds before
        self.handled = []         # (ns, records), from some seconds before until some after


class Desk:
    """Where a switch is asked for: the record of the group."""

    def __init__(self, server, group):
        self.look = Look(server.address())
        self.path = f"/consumers/{group}/weir/switch"

    def close(self):
        self.look.close()

    def read(self):
        data, version = self.look.read(self.path)
        return dict(NOTHING_YET) if data is None else json.loads(data), version

    def ask(self, color, mode):
        """When?"""
        record, version = self.read()
        if record["step"] != "idle":
            raise Failure(f"a switch is under way: {record['step']}")
        record["turn"] += 1
        record["step"] = "prepared"
        record["request"] = {
            "id": f"bench-{record['turn']}", "from": record["active"], "to": color,
            "by": "./dev bench --switch", "mode": mode, "overdue": "go_back",
            "limits_ms": {"prepare": LIMIT_MS, "drain": LIMIT_MS, "take": LIMIT_MS, "health": 0},
            "asked_ms": time.time_ns() // NS_PER_MS}
        asked_ns = time.monotonic_ns()
        self.look.write(self.path, json.dumps(record).encode(), version)
        return asked_ns

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


def tell(fleet, switch, moved):
    """The streams have been read."""
    before_ns = switch.asked_ns - int(BEFORE_SECONDS * NS_PER_S)
    for place, (old, new) in moved.items():
        switch.steps.append(steps_of(fleet, place, old, new, switch.asked_ns))
        switch.calm_ns.append(pause_before_ns(fleet.records_of(place), before_ns, switch.asked_ns))
    switch.handled = sorted(entry for member in fleet.present for entry in member.handled)


def measure(fleet, desk, color, mode, back, patience_seconds):
    """Switches to that color, and tells how it went."""
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
    tell(fleet, switch, moved)
    return switch
