"""Who has which partition, and when did which record come? A group of members, and what they say.

Members are processes of `weir run`. Their event streams carry the machine's monotonic clock, so
those of all members are one story.
"""
import json
import os
import signal
import subprocess
import time

from servers import EXAMPLES, WEIR, Failure, die_with_parent

HANDLER = os.path.join(EXAMPLES, "count.so")
TURN_SECONDS = 0.02
STOP_SECONDS = 60
OWNERSHIP = (b'"ev":"assign"', b'"ev":"revoke_end"', b'"ev":"lost"')
RECORDS = (b'"ev":"handler_start"', b'"ev":"handler_end"')


def places(event):
    return [(span["topic"], span["partition"]) for span in event["spans"]]


class Stream:
    """What a member says of itself, as far as it was read."""

    def __init__(self, name, folder):
        self.name = name
        self.path = os.path.join(folder, f"{name}.events")
        self.owned = set()
        self.ownership = []  # (ns, kind, places)
        self.records = {}    # place: [(handler_start or handler_end, ns)]
        self.offsets = {}    # (place, ns of a handler_start): its first record's
        self.handled = []    # (ns, how many records a handler was done with)
        self.unread = []     # lines about records
        self.rest = b""
        self.offset = 0

    def read(self):
        """What was written since; lines about records are kept for later."""
        if not os.path.exists(self.path):
            return
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            fresh = file.read()
        self.offset += len(fresh)
        lines = (self.rest + fresh).split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            if any(kind in line for kind in RECORDS):
                self.unread.append(line)
            elif any(kind in line for kind in OWNERSHIP):
                self.note(json.loads(line))

    def note(self, event):
        there = places(event)
        self.ownership.append((event["ts_mono_ns"], event["ev"], there))
        if event["ev"] == "assign":
            self.owned.update(there)
        else:
            self.owned.difference_update(there)

    def read_records(self):
        self.read()
        for line in self.unread:
            event = json.loads(line)
            place = (event["topic"], event["partition"])
            self.records.setdefault(place, []).append((event["ev"], event["ts_mono_ns"]))
            if event["ev"] == "handler_start":
                self.offsets[place, event["ts_mono_ns"]] = event["offset"]
            if event["ev"] == "handler_end":
                self.handled.append((event["ts_mono_ns"], event["count"]))
        self.unread = []

    def first_ns(self, kind, place, from_ns):
        """The first such change of ownership from then on; None."""
        return min((ns for ns, ev, there in self.ownership
                    if ev == kind and place in there and ns >= from_ns), default=None)

    def forget_records(self):
        self.records = {}
        self.offsets = {}
        self.handled = []
        self.unread = []


class Member(Stream):
    """One process of `weir run`, and the stream of its events."""

    def __init__(self, name, folder, settings):
        super().__init__(name, folder)
        self.log_path = os.path.join(folder, f"{name}.log")
        command = [WEIR, "run", "--events", self.path, "--instance", name]
        for key, value in settings.items():
            command += ["-X", f"{key}={value}"]
        with open(self.log_path, "wb") as log:
            self.started_ns = time.monotonic_ns()
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True, preexec_fn=die_with_parent)

    def check_alive(self):
        if self.process.poll() is not None:
            with open(self.log_path, encoding="utf-8", errors="replace") as log:
                raise Failure(f"member {self.name} has ended by itself, with "
                              f"{self.process.returncode}:\n" + "".join(log.readlines()[-15:]))

    def end(self, number):
        """Sends the signal. When?"""
        now_ns = time.monotonic_ns()
        self.process.send_signal(number)
        return now_ns

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Group:
    """Members that share the partitions of some topics."""

    def __init__(self, name, folder, places_all, settings):
        self.name = name
        self.folder = folder
        self.places = set(places_all)
        self.settings = settings
        self.present = []
        self.gone = []

    def __enter__(self):
        os.makedirs(self.folder)
        return self

    def __exit__(self, *_):
        for member in self.present:
            if member.process.poll() is None:
                member.process.send_signal(signal.SIGTERM)
        for member in self.present + self.gone:
            member.stop()

    def start(self, name, **more):
        settings = {**self.settings, "group.id": self.name, "weir.handler": HANDLER,
                    "weir.member.id": name, **more}
        if self.settings["weir.coordinator"] != "zookeeper":
            del settings["weir.member.id"]
        member = Member(name, self.folder, settings)
        self.present.append(member)
        return member

    def remove(self, member, number):
        """It is sent the signal. When? Nobody counts on it any more."""
        self.present.remove(member)
        self.gone.append(member)
        return member.end(number)

    def read(self):
        for member in self.present + self.gone:
            member.read()

    def owners(self):
        return {place: member for member in self.present for place in member.owned}

    def is_shared_out(self):
        """Has every partition one owner, and nobody more than one more than another?"""
        least, rest = divmod(len(self.places), len(self.present))
        return (sum(len(member.owned) for member in self.present) == len(self.places) and
                len(self.owners()) == len(self.places) and
                all(least <= len(member.owned) <= least + (rest > 0) for member in self.present))

    def await_until(self, condition, what, seconds):
        deadline = time.monotonic() + seconds
        while True:
            self.read()
            if condition():
                return
            for member in self.present:
                member.check_alive()
            if time.monotonic() > deadline:
                raise Failure(f"group {self.name}: {what} did not come about in {seconds} s")
            time.sleep(TURN_SECONDS)

    def await_shared_out(self, seconds):
        self.await_until(self.is_shared_out, "that all is shared out", seconds)
        return max(ns for member in self.present for ns, ev, _ in member.ownership
                   if ev == "assign")

    def records_of(self, place):
        """(handler_start or handler_end, ns, member), by time."""
        found = [(ns, ev, member) for member in self.present + self.gone
                 for ev, ns in member.records.get(place, [])]
        return sorted(found, key=lambda record: record[0])

    def forget(self):
        """What was read of records, and of members that are gone."""
        for member in self.present:
            member.forget_records()
        for member in self.gone:
            member.stop()
        self.gone = []
