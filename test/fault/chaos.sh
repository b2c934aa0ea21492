#!/usr/bin/env bash
# Does a group keep its promises through a few short schedules, does the offline judge agree, and
# would both have noticed if it had not?
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
fault=$(dirname "$binary")/test/fault
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
    echo "$*" >&2
    failures=$((failures + 1))
}

# The seed has a kill, stops, joins and a pause; zombies are for ./dev chaos. So that the machine
# makes none either, a session is longer than it may let a thread stand still.
"$fault/chaos" --seed 12 --duration 12s --session 6s --brokers 1 --members 3 --members-only \
    --keep "$folder" --keep-all ||
    fail 'a promise was broken, see above'

# Another one, in which brokers and the ways to them are hurt as well, and no member stands still for
# as long as its session. What a seed means is said by its plan.
# hurt SEED FAULT...
hurt() {
    local seed=$1 said kind
    shift
    said=$("$fault/chaos" --plan --seed "$seed" "${short[@]}")
    for kind in "$@"; do
        grep -q ": $kind" <<< "$said" || fail "seed $seed has no '$kind' any more; choose another"
    done
    ! grep -q ': zombie' <<< "$said" || fail "seed $seed has a zombie now; choose another"
    "$fault/chaos" --seed "$seed" "${short[@]}" --keep "$folder" ||
        fail "a promise was broken in seed $seed, see above"
}
short=(--duration 8s --session 6s --brokers 1 --members 3)
hurt 39 'kill for' cut 'stop for' half-close

# The table of docs/faults.md is up to date: all between its two marks.
diff <(sed -e '1,/made by: chaos --document/d' -e '/^<!-- end -->$/,$d' "$source/docs/faults.md") \
    <("$fault/chaos" --document) || fail 'docs/faults.md: put in what chaos --document says'

# The runner says so when a group cannot do its work.
WEIR_BINARY=/bin/false "$fault/chaos" --seed 12 --duration 1s --brokers 1 > "$folder/false.out" &&
    fail 'members that end at once are no failure'
grep -q 'ended by itself' "$folder/false.out" || fail 'nobody says that members end at once'
grep -q 'BROKEN' "$folder/false.out" || fail 'the table does not name the broken seed'

# What is done to a fleet of two colors follows from the seed. test_kafka_switch.c plays it.
plan() {
    "$fault/chaos" --bluegreen --plan --seed "$1"
}
[ "$(plan 7 | grep -c '^switch')" = 200 ] || fail '--bluegreen does not plan 200 switches'
[ "$(plan 7 | grep -c '^swap')" = 20 ] || fail '--bluegreen does not plan 20 swaps'
[ "$(plan 7)" = "$(plan 7)" ] || fail '--bluegreen: the same seed is another plan'
[ "$(plan 7)" != "$(plan 8)" ] || fail '--bluegreen: another seed is the same plan'

# judge RULE VERDICT: what test/fault/check says of the streams as they are now.
judge() {
    (cd "$folder/seed-12" && eval "$fault/$(cat question)") > "$folder/verdict" 2>&1
    grep -q "^$1 *$2" "$folder/verdict" || {
        cat "$folder/verdict"
        fail "$1 is not said to be: $2"
    }
}

judge I1 holds
judge I2 holds
judge I5 holds
judge I6 holds
judge I7 holds
judge I9 holds

# A record that no handler finished.
cp -r "$folder/seed-12" "$folder/whole"
for stream in "$folder"/seed-12/member-*.events; do
    sed -i '/"ev":"handler_end".*"partition":1,/d' "$stream"
done
judge I1 BROKEN
judge I2 BROKEN
rm -r "$folder/seed-12" && cp -r "$folder/whole" "$folder/seed-12"

# Records that an owner did twice.
sed -i '/"ev":"handler_end"/p' "$folder/seed-12/member-0.events"
judge I7 BROKEN
rm -r "$folder/seed-12" && cp -r "$folder/whole" "$folder/seed-12"

# A commit that runs ahead of the work.
sed -i -E '/"ev":"commit_(req|ok)"/s/"(first|last)":([0-9]+)/"\1":9\2/g' \
    "$folder/seed-12/member-0.events"
judge I2 BROKEN

echo "$failures failures"
[ "$failures" = 0 ]
