"""How long does a partition that moves stand still, and what do the others notice?

A change (a member starts, is told to leave, is killed) is made in a group at work, and told from
the streams of its members afterwards. All times are nanoseconds of the monotonic clock.
"""
import time

from clients import Look

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
CALM_SECONDS = 1.0
AFTER_NS = NS_PER_S // 2


def wall_to_mono_ns(wall_ms):
    return wall_ms * NS_PER_MS - time.time_ns() + time.monotonic_ns()


class Change:
    """What one change did."""

    def __init__(self, kind, members):
        self.kind = kind
        self.members = members     # how many it concerned
        self.moved = 0
        self.event_ns = None       # the process was started, or sent the signal
        self.registered_ns = None  # a new member's node was made
        self.divided_ns = None     # the allotment was written that gave the partitions away
        self.divisions = None      # how often it was
        self.requests = None       # that ZooKeeper had beside what it always has
        self.steps = []            # one dict for each partition that moved
        self.pauses_ns = []        # the longest of each partition that stayed
        self.calm_ns = []          # the same, as long, without a change


class Ruler:
    """Counts requests and looks at nodes; does nothing where there is no ZooKeeper."""

    def __init__(self, server, group):
        self.server = server
        self.base = f"/consumers/{group}"
        self.look = Look(server.address()) if server else None

    def close(self):
        if self.look:
            self.look.close()

    def version(self):
        node = self.look and self.look.node(self.base + "/weir/allotment")
        return node.version if node else -1

    def received(self):
        return self.server.received() if self.server else 0

    def note_nodes(self, change, version, joined):
        if self.look is None:
            return
        node = self.look.node(self.base + "/weir/allotment")
        if node is not None and node.version > version:
            change.divisions = node.version - version
            change.divided_ns = wall_to_mono_ns(node.mtime)
        own = joined and self.look.node(f"{self.base}/ids/{joined.name}")
        if own:
            change.registered_ns = wall_to_mono_ns(own.ctime)


def longest_pause_ns(records, from_ns, to_ns):
    """Between the starts of two handlers, one of which is within; to the end if none comes."""
    starts = [ns for ns, ev, _ in records if ev == "handler_start"]
    before = [ns for ns in starts if ns < from_ns][-1:]
    after = [ns for ns in starts if ns > to_ns][:1]
    line = before + [ns for ns in starts if from_ns <= ns <= to_ns] + (after or [to_ns])
    return max((b - a for a, b in zip(line, line[1:])), default=to_ns - from_ns)


def steps_of(group, place, old, new, event_ns):
    """What happened to a partition that moved, in order; None for what was not seen."""
    records = group.records_of(place)
    assigned_ns = new.first_ns("assign", place, event_ns)
    return {
        "last_ns": max((ns for ns, ev, member in records
                        if member is old and ev == "handler_end"), default=None),
        "released_ns": old.first_ns("revoke_end", place, event_ns),
        "assigned_ns": assigned_ns,
        "first_ns": min((ns for ns, ev, member in records if member is new and
                         ev == "handler_start" and ns >= assigned_ns), default=None),
    }


def first_records_came(group, moved, event_ns):
    """Has every partition that moved been worked on by who has it now?"""
    for place, (_, new) in moved.items():
        new.read_records()
        if not any(ns >= event_ns for _, ns in new.records.get(place, [])):
            return False
    return True


def moves_between(before, after):
    return {place: (before[place], new) for place, new in after.items() if before[place] is not new}


class Observed:
    """A group at work, of which changes are made one after another."""

    def __init__(self, group, ruler, patience_seconds):
        self.group = group
        self.ruler = ruler
        self.patience_seconds = patience_seconds

    def change(self, kind, act):
        """`act` makes it, and gives the time and the new member or None."""
        group = self.group
        rate_before = self.calm_rate(CALM_SECONDS)
        group.read()
        before = group.owners()
        members = len(group.present)
        version = self.ruler.version()
        counted = self.ruler.received()
        counted_from = time.monotonic()
        event_ns, joined = act()
        change = Change(kind, max(members, len(group.present)))
        change.event_ns = event_ns
        group.await_until(lambda: group.owners() != before and group.is_shared_out(),
                          f"{kind}: that all is shared out", self.patience_seconds)
        moved = moves_between(before, group.owners())
        group.await_until(lambda: first_records_came(group, moved, event_ns),
                          f"{kind}: a record of each partition that moved", self.patience_seconds)
        time.sleep(AFTER_NS / NS_PER_S)
        requests = self.ruler.received() - counted - 1
        seconds = time.monotonic() - counted_from
        self.ruler.note_nodes(change, version, joined)
        rate_after = self.tell(change, moved)
        # Who comes or goes has heartbeats of its own.
        change.requests = round(requests - seconds * min(rate_before, rate_after))
        return change

    def calm_rate(self, seconds):
        """Requests a second of a group that nothing happens to."""
        counted = self.ruler.received()
        begun = time.monotonic()
        time.sleep(seconds)
        return (self.ruler.received() - counted - 1) / (time.monotonic() - begun)

    def tell(self, change, moved):
        """The streams are read on until the calm after it has lasted as long as it did. The rate of
        requests in it."""
        group = self.group
        change.moved = len(moved)
        for member in group.present + group.gone:
            member.read_records()
        change.steps = [steps_of(group, place, old, new, change.event_ns)
                        for place, (old, new) in moved.items()]
        length_ns = max(step["first_ns"] for step in change.steps) - change.event_ns + AFTER_NS
        calm_from_ns = max(change.event_ns + length_ns, time.monotonic_ns())
        rate = self.calm_rate((calm_from_ns + length_ns + AFTER_NS - time.monotonic_ns()) / NS_PER_S)
        for member in group.present:
            member.read_records()
        for place in group.places - set(moved):
            records = group.records_of(place)
            change.pauses_ns.append(longest_pause_ns(records, change.event_ns,
                                                     change.event_ns + length_ns))
            change.calm_ns.append(longest_pause_ns(records, calm_from_ns,
                                                   calm_from_ns + length_ns))
        group.forget()
        return rate
