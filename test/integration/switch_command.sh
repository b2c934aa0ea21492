#!/usr/bin/env bash
# Does `weir switch` refuse what is wrong before anything connects, say what it can do, and end when
# nobody answers?
# shellcheck source=test/support/refusals.sh
source "$(dirname "$0")/../support/refusals.sh" switch
printf 'zookeeper.connect=%s\ngroup.id=g\nzookeeper.digest=weir:%s\n' "$nobody" "$canary" >"$folder/config"

# refuse SENTENCE ARGUMENT...: the servers are known, so that only the arguments can be wrong
refuse() {
    local sentence=$1
    shift
    run 64 "$sentence" "$@" -c "$folder/config"
    grep -qF 'Try: weir switch --help' "$folder/err" || fail "no help is offered: $*"
}

"$binary" switch --help >"$folder/help"
for verb in status plan apply abort rollback history collect; do
    grep -qE "^(Usage:|      ) weir switch $verb" "$folder/help" || fail "no usage of $verb"
    sed -n '/^Examples:/,$p' "$folder/help" | grep -q "weir switch $verb" || fail "no example of $verb"
    "$binary" switch "$verb" --help | cmp -s - "$folder/help" || fail "no help of $verb"
done
for list in weir.bash _weir; do
    grep -qF 'status plan apply abort rollback history collect' "$source/completions/$list" || fail "$list does not know the verbs"
done
for code in 0 1 64 69 75 78; do
    grep -A4 '^Exit codes:' "$folder/help" | grep -qw "$code" || fail "exit code $code is not told"
done
expect_completed

refuse 'one of status, plan, apply, abort, rollback, history and collect is needed'
refuse 'one of status, plan, apply, abort, rollback, history and collect is needed' reset
refuse '--nonsense: no such option' status --nonsense
refuse 'switch status: too many arguments' status a b
refuse 'switch status: --execute does not go with it' status --execute
refuse 'switch status: --to does not go with it' status --to green
refuse 'switch collect: --wait does not go with it' collect --execute --wait
refuse 'switch status: --unused-for does not go with it' status --unused-for 5
refuse '--unused-for: no such option, or its argument' collect --unused-for -1
refuse 'switch history: --watch does not go with it' history --watch
refuse 'switch plan: --execute does not go with it' plan --to green --execute
refuse 'switch abort: --to does not go with it' abort --to green
refuse 'switch rollback: --id does not go with it' rollback --id x
refuse 'switch apply: --replay does not go with it' apply --to green --replay
refuse '--replay goes with --wait' rollback --replay --execute
refuse 'switch apply: --group does not go with it' apply --to green --group
refuse 'switch plan: --to is needed' plan
refuse 'switch apply: --to is needed' apply --execute
refuse 'switch apply: --wait goes with --execute' apply --to green --wait
refuse 'switch abort: --wait goes with --execute' abort --wait
refuse '--mode: no such option, or its argument' apply --to green --mode all
refuse 'switch abort: --stop does not go with it' abort --stop orders:0:1
refuse '--stop: no such option, or its argument' apply --to green --stop orders:0
refuse '--stop-time: no such option, or its argument' apply --to green --stop-time yesterday
refuse 'one of --drain-policy, --stop-time, and --stop' plan --to green --stop orders:0:1 --stop-time 0
refuse 'one of --drain-policy, --stop-time, and --stop' plan --to green --drain-policy in-flight --stop-file x
refuse "$folder/none: No such file" plan --to green --stop-file "$folder/none"
refuse "$folder/config: line 1" plan --to green --stop-file "$folder/config"
refuse '--drain-policy: no such option, or its argument' apply --to green --drain-policy never
refuse '--on-deadline: no such option, or its argument' apply --to green --on-deadline force
for limit in prepare drain take; do
    refuse "--$limit: no such option, or its argument" plan --to green --$limit 0
    refuse "--$limit: no such option, or its argument" plan --to green --$limit 86401
done
refuse '--health: no such option, or its argument' plan --to green --health -1
refuse '--timeout: no such option, or its argument' status --timeout 0
refuse '-o must be table or json' status -o xml
refuse 'a color: give 1 to 32 letters' apply --to 'bright green' --execute
refuse 'the id has more than 64 characters' apply --to green --execute --id "$(printf 'x%.0s' {1..65})"
refuse 'the id of a switch: give 1 to 64 printable' apply --to green --execute --id $'\t'
refuse 'no group in ZooKeeper has such a name' status a/b
refuse 'names both groups' status third -X weir.bluegreen.topology=swap -X weir.bluegreen.peer.group.id=other
run 64 'a group is needed' status -X zookeeper.connect=$nobody
run 78 'zookeeper.connect is missing' status g
run 78 "$folder/absent: cannot be opened" status g -c "$folder/absent"

# of two groups one stands by, and comes to no end
got=0
"$binary" run --until-end -X bootstrap.servers=$nobody -X group.id=g -X weir.topics=t -X weir.handler=x.so \
    -X weir.coordinator=zookeeper -X zookeeper.connect=$nobody -X weir.strategy=bluegreen -X weir.color=blue \
    -X weir.bluegreen.topology=swap -X weir.bluegreen.peer.group.id=h -X weir.bluegreen.peer.topics=u \
    2>"$folder/err" || got=$?
[ "$got" = 64 ] || fail "run --until-end with a swap: exit $got"
grep -qF -- '--until-end does not go with weir.bluegreen.topology=swap' "$folder/err" || fail "it is not said why"

# nobody answers: 69 within the timeout, and a sentence that says what to do
run 69 "no answer of zookeeper.connect=$nobody in time" apply --to green --execute --wait -c "$folder/config" \
    --timeout 1
