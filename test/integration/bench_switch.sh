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
# from 2021 to 2100 ms, the other from 2016 to 2330.
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
for ((ms = 2100; ms < 4000; ms += 10)); do
    event green $ms handler_start 0
    event green $((ms + 1)) handler_end 0
done
for ((ms = 2330; ms < 4000; ms += 10)); do
    event green $ms handler_start 1
    event green $((ms + 1)) handler_end 1
done

python3 -B - "$source/bench" "$folder" > "$folder/out" 2>&1 << 'PYTHON' || fail "$(cat "$folder/out")"
import sys

sys.path.insert(0, sys.argv[1])
from fleet import COLORS, Desk, Fleet, Switch, tell
from group import Stream
from handover import NS_PER_MS, moves_between
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
tell(fleet, switch, moved)
assert windows([(5, 1), (10, 2), (NS_PER_MS * 199, 3), (NS_PER_MS * 200, 4)], 10,
               10 + NS_PER_MS * 200) == [2, 7]
about = {"members": 1, "partitions": 2, "rate": 100, "rounds": 1, "kafka": "k", "zookeeper": "z",
         "librdkafka": "l", "processors": 2, "handler_ms": 0, "resolution_ms": 10}
told = figures(about, [switch], 2, 1.5)
row, = told["switches"]
expected = {"gap_ms": (79, 314), "drain_ms": (4, 14), "claim_ms": (35, 270), "fetch_ms": (30, 40),
            "last_ms": (16, 21), "from_asked_ms": (100, 330), "calm_ms": (10, 10),
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
    """The node of a group that nobody has switched yet."""
    data = None

    def read(self, _):
        return self.data, 0 if self.data else -1

    def write(self, _, data, version):
        assert version == (0 if self.data else -1)
        self.data = data


desk = Desk.__new__(Desk)
desk.look, desk.path = Look(), "/switch"
desk.ask("blue", "together")
record, _ = desk.read()
assert record["turn"] == 1 and record["step"] == "prepared" and record["active"] == ""
assert record["request"]["to"] == "blue" and record["request"]["mode"] == "together"
assert not desk.is_done("blue")
try:
    desk.ask("green", "each")
    raise AssertionError("a second switch was asked for")
except Failure:
    pass
PYTHON

[ $failures = 0 ]
