#!/usr/bin/env bash
# Does `./dev bench --switch` tell from event streams how a switch went, and refuse what it must?
# shellcheck source=test/support/bench.sh
source "$(dirname "$0")/../support/bench.sh" switch

run 0 'usage: ./dev bench --switch' --help
run 64 'invalid choice' -o xml
run 64 'invalid modes value' --mode each,both
run 64 'each member of a color wants one' --members 4 --partitions 3
run 64 'invalid positive value' --rounds 0

# A record every 10 ms in either partition. The switch is asked for at 2000 ms; the one stands still
# from 2021 to 2100 ms, the other from 2016 to 2330. Their next records are
# their 203rd and 202nd, to be sent at 2030 and 2025, behind one that was there before.
event blue 0 assign 0
event blue 0 assign 1
for ((ms = 0; ms <= 2020; ms += 10)); do
    event blue $ms handler_start 0
    event blue $((ms + 1)) handler_end 0
done
for ((ms = 5; ms <= 2015; ms += 10)); do
    event blue $ms handler_start 1
    event blue $((ms + 1)) handler_end 1
done
event blue 2025 revoke_end 0
event blue 2030 revoke_end 1
event green 2060 assign 0
event green 2300 assign 1
for ((ms = 2100, offset = 204; ms < 4000; ms += 10, offset++)); do
    event green $ms handler_start 0 $offset
    event green $((ms + 1)) handler_end 0
done
for ((ms = 2330, offset = 203; ms < 4000; ms += 10, offset++)); do
    event green $ms handler_start 1 $offset
    event green $((ms + 1)) handler_end 1
done

python3 -B - "$source/bench" "$folder" > "$folder/out" 2>&1 << 'PYTHON' || fail "$(cat "$folder/out")"
import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])
import fleet as bench_fleet
from clients import Feeder
from fleet import COLORS, Desk, Fleet, Switch, tell
from group import Stream
from handover import NS_PER_MS, NS_PER_S, moves_between
from servers import Failure
from switch_table import figures, table, windows

PLACES = [("t", 0), ("t", 1)]
fleet = Fleet("g", sys.argv[2], PLACES, {})
for color in COLORS:
    stream = Stream(color, sys.argv[2])
    stream.color = color
    fleet.present.append(stream)
blue, green = fleet.present
blue.owned = set(PLACES)
assert fleet.is_at_work("blue") and not fleet.is_at_work("green")
green.owned = {PLACES[0]}
assert not fleet.is_at_work("blue")
green.owned = set()
green.color = "blue"
assert not fleet.is_at_work("blue"), "one of its members has nothing"
green.color = "green"
before = fleet.owners()
for stream in fleet.present:
    stream.read_records()
assert fleet.is_at_work("green") and not fleet.is_at_work("blue")
moved = moves_between(before, fleet.owners())
assert moved == {place: (blue, green) for place in PLACES}, moved

switch = Switch("each", False, 2000 * NS_PER_MS)
tell(fleet, Feeder("nowhere", "t", 2, 100), switch, moved)
assert windows([(5, 1), (10, 2), (NS_PER_MS * 199, 3), (NS_PER_MS * 200, 4)], 10,
               10 + NS_PER_MS * 200) == [2, 7]
about = {"members": 1, "partitions": 2, "rate": 100, "rounds": 1, "kafka": "k", "zookeeper": "z",
         "librdkafka": "l", "processors": 2, "handler_ms": 0, "resolution_ms": 10}
told = figures(about, [switch], 2, 1.5)
row, = told["switches"]
expected = {"gap_ms": (79, 314), "wait_ms": (70, 305), "drain_ms": (4, 14),
            "claim_ms": (35, 270), "fetch_ms": (30, 40), "last_ms": (16, 21), "from_asked_ms": (100, 330), "calm_ms": (10, 10),
            "slowest_ms": (314, 314)}
for name, (low, high) in expected.items():
    assert (row[name]["low"], row[name]["high"]) == (low, high), (name, row[name])
# In the windows: 20 each before; then 3 + 2, 10, 10; of its worst second 5 + 10 + 10 + 17 + 6 * 20.
assert row["rate_before"]["p50"] == 200, row["rate_before"]
assert row["rate_during"]["p50"] == 100, row["rate_during"]
assert row["worst_second"]["low"] == 162 / 200, row["worst_second"]
assert "79 / 314 / 314" in table(told), table(told)
assert "the lowest 81%" in table(told), table(told)


class Look:
    """The node of a group."""
    data = None

    def read(self, _):
        return self.data, 0 if self.data else -1


stub = os.path.join(sys.argv[2], "weir-stub")
with open(stub, "w") as file:
    file.write('#!/bin/sh\necho "$@" > "$0.said"\necho no, not now >&2\nexit "$(cat "$0.code")"\n')
os.chmod(stub, 0o700)


def ask(code):
    with open(stub + ".code", "w") as file:
        file.write(str(code))
    return desk.ask("blue", "together")


bench_fleet.WEIR = stub
desk = Desk.__new__(Desk)
desk.server, desk.group, desk.look, desk.path = "host:1", "g", Look(), "/switch"
before = time.monotonic_ns()
desk.look.data = json.dumps({"step": "prepared", "active": "green", "history": [],
                             "request": {"asked_ms": time.time_ns() // NS_PER_MS}}).encode()
assert abs(ask(0) - before) < 10 * NS_PER_S
with open(stub + ".said") as file:
    said = file.read().split()
assert said[:7] == ["switch", "apply", "g", "--to", "blue", "--mode", "together"], said
assert "--execute" in said and "zookeeper.connect=host:1" in said
assert not desk.is_done("blue")
desk.look.data = json.dumps({"step": "idle", "active": "blue",
                             "history": [{"asked_ms": 0, "why": ""}]}).encode()
assert ask(0) < before and desk.is_done("blue")
try:
    ask(75)
    raise AssertionError("it was not told that the switch was refused")
except Failure as failure:
    assert "no, not now" in str(failure)
PYTHON

[ $failures = 0 ]
