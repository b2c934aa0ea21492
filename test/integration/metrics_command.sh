#!/usr/bin/env bash
# Does `weir metrics` list the same in each format, and refuse what is wrong on the right stream?
set -eu
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() {
    echo "$*" >&2
    exit 1
}

"$binary" metrics list -o json | python3 -c '
import json, sys
for metric in json.load(sys.stdin):
    assert all(metric[field] for field in ("unit", "description")), metric
    print(metric["kind"], metric["name"])' | sort > "$folder/json"
"$binary" metrics list | awk 'NR > 1 { print $2, $1 }' | sort > "$folder/table"
"$binary" metrics list -o markdown | awk -F'[ |`]+' 'NR > 2 { print $3, $2 }' | sort > "$folder/markdown"
diff "$folder/json" "$folder/table"
diff "$folder/json" "$folder/markdown"
for expected in 'counter handled_records' 'gauge lag_records' 'histogram end_to_end'; do
    grep -qx "$expected" "$folder/json" || fail "no $expected"
done
[ "$(uniq -d "$folder/json")" = '' ] || fail "two metrics have one name"
"$binary" metrics --help | grep -q '^Examples:' || fail 'no examples'

# refuse SENTENCE ARGUMENT...
refuse() {
    local sentence=$1 got=0
    shift
    "$binary" metrics "$@" > "$folder/out" 2> "$folder/err" || got=$?
    [ "$got" = 64 ] || fail "exit $got: metrics $*"
    [ ! -s "$folder/out" ] || fail "data on standard output: metrics $*"
    grep -qF -- "$sentence" "$folder/err" || fail "'$sentence' is not said: metrics $*"
}

refuse 'list is needed'
refuse 'list is needed' nonsense
refuse 'list is needed' list list
refuse '-o must be' list -o xml
refuse 'no such option' list --nonsense
