#!/usr/bin/env bash
# Does `./dev bench --rebalance` tell from event streams what happened, and refuse what it must?
# shellcheck source=test/support/bench.sh
source "$(dirname "$0")/../support/bench.sh" rebalance

run 0 'usage: ./dev bench --rebalance' --help
run 64 'invalid choice' -o xml
run 64 'invalid coordinators value' --coordinator zookeeper,none
run 64 'more than members that stay' --members 4 --partitions 4
run 64 'whole hundreds' --fleet-partitions 150

# `old` has 0 and 1; at 100 ms `new` comes, and is given 1.
event old 0 assign 0
event old 0 assign 1
for ms in 50 90 140 200 240; do
    event old $ms handler_start 0
    event old $((ms + 1)) handler_end 0
done
event old 95 handler_start 1
event old 112 handler_end 1
event old 120 revoke_end 1
event new 150 assign 1
event new 190 handler_start 1
event new 191 handler_end 1

python3 -B - "$source/bench" "$folder" > "$folder/out" 2>&1 << 'PYTHON' || fail "$(cat "$folder/out")"
import sys

sys.path.insert(0, sys.argv[1])
from group import Group, Stream
from handover import NS_PER_MS, Change, longest_pause_ns, moves_between, steps_of
from rebalance_table import figures, percentile, table

FIRST, SECOND = ("t", 0), ("t", 1)
old, new = Stream("old", sys.argv[2]), Stream("new", sys.argv[2])
group = Group("g", sys.argv[2], [FIRST, SECOND], {})
group.present = [old]
old.owned = {FIRST, SECOND}
before = group.owners()
group.present.append(new)
assert not group.is_shared_out()
old.owned = set()
group.read()
assert group.is_shared_out()
moved = moves_between(before, group.owners())
assert moved == {SECOND: (old, new)}, moved
for stream in group.present:
    stream.read_records()

change = Change("join", 2)
change.event_ns = 100 * NS_PER_MS
change.registered_ns = 104 * NS_PER_MS
change.divided_ns = 110 * NS_PER_MS
change.divisions, change.requests, change.moved = 1, 30, 1
change.steps = [steps_of(group, SECOND, old, new, change.event_ns)]
pause = longest_pause_ns(group.records_of(FIRST), 100 * NS_PER_MS, 230 * NS_PER_MS)
assert pause == 60 * NS_PER_MS, pause
assert longest_pause_ns([], 0, 7) == 7
change.pauses_ns, change.calm_ns = [pause], [pause // 2]
assert [percentile(list(range(1, 101)), share) for share in (0.5, 0.99, 1)] == [50, 99, 100]

about = {"members": 1, "partitions": 2, "rate": 1, "rounds": 1, "kafka": "k", "zookeeper": "z",
         "librdkafka": "l", "processors": 2, "fleet": 2, "fleet_partitions": 200,
         "fleet_topics": 2, "fleet_rounds": 1}
fleets = {"zookeeper": [{"first_ns": NS_PER_MS, "leave_ns": NS_PER_MS, "first_requests": 1,
                         "leave_requests": 1, "leave_moved": 100, "first_divisions": 3}]}
told = figures(about, {"zookeeper": [change]}, fleets)
row, = told["handover"]
expected = {"pause_ms": 78, "drain_ms": 8, "claim_ms": 30, "fetch_ms": 40, "from_event_ms": 90,
            "from_registration_ms": 86, "from_allotment_ms": 80, "others_pause_ms": 60,
            "others_calm_ms": 30, "requests": 30}
for name, value in expected.items():
    assert row[name]["p50"] == row[name]["p99"] == row[name]["high"] == value, (name, row[name])
assert row["requests_formula"] == 5 * 2 + 6 + 15
assert told["fleet"][0]["first_formula"] == 4 + 20 * 2 + 3 * 200 + 2 * 2
assert told["fleet"][0]["leave_formula"] == 4 * 2 + 6 * 100
assert "divided 3 (3-3) times" in table(told)
assert "last record to first" in table(told) and "78 / 78 / 78" in table(told)
PYTHON

[ $failures = 0 ]
