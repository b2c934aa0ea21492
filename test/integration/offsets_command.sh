#!/usr/bin/env bash
# Do `weir offsets`, `weir lag` and `weir status` refuse what is wrong before anything connects, on
# the right stream, and never with a secret? And do they end when nobody answers?
# shellcheck source=test/support/refusals.sh
source "$(dirname "$0")/../support/refusals.sh"
printf 'bootstrap.servers=%s\ngroup.id=g\nhandler.path=/x\nsasl.password=%s\n' \
    "$nobody" "$canary" > "$folder/config"

# refuse SENTENCE ARGUMENT...: the cluster is known, so that only the arguments can be wrong
refuse() {
    local sentence=$1
    shift
    run 64 "$sentence" "$@" -c "$folder/config"
}

for command in offsets lag status; do
    "$binary" $command --help >> "$folder/help"
done
expect_completed
options "$source/docs/offsets.md" > "$folder/offsets.md"
missing=$(comm -13 "$folder/options" "$folder/offsets.md" | tr '\n' ' ')
[ -z "$missing" ] || fail "docs/offsets.md speaks of $missing"

for command in offsets lag status; do
    "$binary" $command --help | grep -q '^Examples:' || fail "no examples: $command"
    refuse '--nonsense: no such option' $command --nonsense
    refuse '--topic: at character 3: a partition number' $command --topic a:x
    refuse '--topic: at character 1: a topic name' $command --topic ''
    refuse '--timeout: no such option, or its argument' $command --timeout 0
    refuse '--timeout: no such option, or its argument' $command --timeout 1s
    refuse '-o must be table or json' $command -o xml
done
for command in lag status; do
    refuse "one group is asked about at a time, and 'b' is more" $command a b
    refuse '--watch: no such option, or its argument' $command --watch=soon
    refuse "the group's name is no UTF-8" $command $'\xff'
    run 78 'bootstrap.servers is missing' $command g
    run 64 'a group is needed' $command -X bootstrap.servers=$nobody
    ! grep -qF 'known to nobody' "$folder/err" || fail "somebody is unseen: $command"
    run 64 'with weir.coordinator=none members are known to nobody' $command \
        -X bootstrap.servers=$nobody -X weir.coordinator=none
    run 78 'zookeeper.connect is missing' $command g -X bootstrap.servers=$nobody \
        -X weir.coordinator=zookeeper
    run 64 'no group in ZooKeeper has such a name' $command a/b -X bootstrap.servers=$nobody \
        -X weir.coordinator=zookeeper -X zookeeper.connect=$nobody
    run 78 'fetch.wait.max.ms' $command g -X bootstrap.servers=$nobody -X fetch.wait.max.ms=x
done
refuse '--max-lag does not go with --watch' lag --watch --max-lag 5
refuse '--max-lag: no such option, or its argument' lag --max-lag -1
refuse '--max-lag: no such option' status --max-lag 1
refuse 'one of show, export, import, reset and copy' offsets
refuse 'one of show, export, import, reset and copy' offsets nonsense
refuse 'offsets show: --execute does not go with it' offsets show --execute
refuse 'offsets show: too many arguments' offsets show a b
refuse 'offsets export: --output does not go with it' offsets export -o json
refuse 'offsets import: a file is needed' offsets import
refuse 'offsets import: --to-latest does not go with it' offsets import g - --to-latest
refuse 'offsets reset: one of --to-earliest' offsets reset g
refuse 'offsets reset: one of --to-earliest' offsets reset g --to-earliest --to-latest
refuse 'offsets reset: --last-processed does not go with it' offsets reset g --last-processed
refuse '--to-timestamp: no such option, or its argument' offsets reset g --to-timestamp yesterday
refuse '--shift-by: no such option, or its argument' offsets reset g --shift-by 1.5
refuse '--to-offset: no such option, or its argument' offsets reset g --to-offset -1
refuse 'offsets copy: --from-group and --to-group' offsets copy --from-group a
refuse 'offsets copy: too many arguments' offsets copy a --from-group a --to-group b
refuse '--from-store: no such option, or its argument' offsets copy --from-store memory
refuse 'offsets reset: --to-store does not go with it' offsets reset g --to-earliest --to-store kafka
refuse 'standard input: no partition is in it' offsets import g -
refuse "$folder/absent: No such file" offsets import g "$folder/absent"
refuse "$folder: it cannot be read" offsets reset g --from-file "$folder"
echo '{"topic":"t","partition":0,"offset":-1}' > "$folder/rows"
refuse "$folder/rows: line 1: offset is no number" offsets import g "$folder/rows"

# nobody answers: 69 within the timeout, and a sentence that says what to do
run 69 "no answer of bootstrap.servers=$nobody within 1000 ms" lag -c "$folder/config" --timeout 1
