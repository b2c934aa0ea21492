#!/usr/bin/env bash
# Does ./dev say how it is used, refuse what it does not know, and keep its words out of data?
# On a copy with stand-ins for what it calls: nothing is installed or built.
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
cases=0

fail() {
    echo "case $cases: $*" >&2
    echo "  stdout: $(head -c 600 "$folder/out")" >&2
    echo "  stderr: $(head -c 600 "$folder/err")" >&2
    failures=$((failures + 1))
}

# script PATH TEXT: an executable
script() {
    mkdir -p "$(dirname "$folder/$1")"
    printf '#!/bin/sh\n%s\n' "$2" > "$folder/$1"
    chmod +x "$folder/$1"
}

script bin/cmake 'echo noise'
# shellcheck disable=SC2016  # for the script to expand
script bin/dpkg-query 'for name; do echo "ii  $name"; done'
script bench/run 'echo "{\"bench\": \"$*\"}"'
script build/release/weir 'echo "weir $*"'
script build/release/test/fault/chaos 'echo "chaos $*"'
cp "$source/dev" "$folder/dev"
echo '{}' > "$folder/CMakePresets.json"

# run CODE ARGUMENT...
run() {
    local code=$1 got=0
    shift
    cases=$((cases + 1))
    PATH="$folder/bin:$PATH" "$folder/dev" "$@" > "$folder/out" 2> "$folder/err" < /dev/null ||
        got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: ./dev $*"
}

says() {
    grep -qF -- "$2" "$folder/$1" || fail "'$2' is not on std$1"
}

is() {
    [ "$(cat "$folder/out")" = "$1" ] || fail "stdout is not '$1'"
}

for command in build test lint coverage fmt deps clean; do
    run 0 $command --help
    says out 'usage: ./dev COMMAND'
    run 0 $command -h
    says out 'usage: ./dev COMMAND'
    run 64 $command --nonsense
    says err "nonsense"
done
for command in 'build dev' 'deps build' 'clean --all'; do
    # shellcheck disable=SC2086
    run 64 $command nonsense
    says err "unknown argument 'nonsense'"
done
[ -x "$folder/build/release/weir" ] || fail 'clean began before it had read its arguments'

run 0 demo --help
is 'weir demo --help'
run 0 bench --help
is '{"bench": "--help"}'
run 0 chaos --help
is 'chaos --help'

run 0 build
[ "$(tail -n 1 "$folder/out")" = \
    '==> built build/release/weir; handlers to try are in build/release/examples' ] ||
    fail 'the last line does not say what was built'
run 0 bench -o json
is '{"bench": "-o json"}'
says err noise
run 0 chaos --seed 7
is 'chaos --keep build/chaos --seed 7'
run 0 demo --plain
is 'weir demo --plain'
says err '==> building build/release'

for word in --help -h help; do
    cases=$((cases + 1))
    "$binary" "$word" > "$folder/out" 2> "$folder/err" || fail "weir $word"
    says out 'Usage: weir COMMAND'
done

echo "$cases cases, $failures failed"
[ "$failures" = 0 ]
