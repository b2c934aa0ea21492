# shellcheck shell=bash
# What do the tests of `./dev bench --...` begin with? They read this in with the name of their program
# in bench/, end with `[ $failures = 0 ]`, and have an empty $folder for themselves. The event streams
# are written there by the tests, so that every figure is known; no server is started.
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
program=$source/bench/$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
    echo "bench_${program##*/}.sh: $*" >&2
    failures=$((failures + 1))
}

# run CODE TEXT ARGUMENT...
run() {
    local code=$1 text=$2 got=0
    shift 2
    "$program" "$@" > "$folder/out" 2>&1 || got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: $*"
    grep -qF -- "$text" "$folder/out" || fail "'$text' is not said: $* $(cat "$folder/out")"
}

# event MEMBER MS KIND PARTITION [OFFSET]
event() {
    printf '{"ts_mono_ns":%d,"ev":"%s","topic":"t","partition":%d,"offset":%d,"count":1,"spans":[{"topic":"t","partition":%d}]}\n' \
        $(($2 * 1000000)) "$3" "$4" "${5:-0}" "$4" >> "$folder/$1.events"
}
