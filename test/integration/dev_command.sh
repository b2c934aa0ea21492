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
# shellcheck disable=SC2016
script bench/rebalance 'echo "rebalance $*"'
# shellcheck disable=SC2016
script bench/switch 'echo "switch $*"'
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
run 0 bench --rebalance --help
is 'rebalance --help'
run 0 bench --switch --help
is 'switch --help'
run 0 chaos --help
is 'chaos --help'

run 0 build
[ "$(tail -n 1 "$folder/out")" = \
    '==> built build/release/weir; handlers to try are in build/release/examples' ] ||
    fail 'the last line does not say what was built'
run 0 bench -o json
is '{"bench": "-o json"}'
run 0 bench --rebalance --rounds 3
is 'rebalance --rounds 3'
says err noise
run 0 bench --switch --rounds 3
is 'switch --rounds 3'
run 0 chaos --seed 7
is 'chaos --keep build/chaos --seed 7'
run 0 demo --plain
is 'weir demo --plain'
says err '==> building build/release'

# fresh: what it takes, and that nothing of a system that was begun stays
mkdir -p "$folder/test/fresh"
cp "$source/test/fresh/run" "$folder/test/fresh/run"
script bin/apt-get 'echo http://mirror.example'
# shellcheck disable=SC2016
script bin/unshare 'shift 6; exec "$@"'
script bin/id 'echo 0'
# shellcheck disable=SC2016
script bin/debootstrap 'mkdir -p "$3"; echo "no such suite $2"; exit 1'
run 0 fresh --help
says out 'usage: ./dev fresh [SUITE] -- COMMAND'
run 64 fresh
says err 'what shall be run comes after --'
run 64 fresh bookworm
run 64 fresh -- # nothing to run
run 64 fresh --nonsense -- true
says err "unknown argument '--nonsense'"
run 64 fresh ../etc -- true
says err "no name of a Debian release"
run 69 fresh nosuch -- ./dev demo --help
says err 'no such suite nosuch'
compgen -G "$folder/build/fresh/nosuch/base*" > /dev/null && fail 'half a system was left'
# shellcheck disable=SC2016
script bin/debootstrap 'mkdir -p "$3"; echo > "$3/begun"; exec sleep 600'
set -m # else what runs in the background cannot be interrupted
for signal in INT TERM HUP; do
    cases=$((cases + 1))
    PATH="$folder/bin:$PATH" "$folder/dev" fresh -- true \
        > "$folder/out" 2> "$folder/err" < /dev/null &
    until compgen -G "$folder/build/fresh/bookworm/base.*/begun" > /dev/null; do
        kill -0 $! || break
    done
    kill -$signal $!
    got=0
    wait $! || got=$?
    [ "$got" = $((128 + $(kill -l $signal))) ] || fail "exit $got after $signal"
    ! compgen -G "$folder/build/fresh/bookworm/[br]*" > /dev/null ||
        fail "half a system was left by $signal"
done
set +m
script bin/id 'echo 1000'
run 69 fresh -- true
says err 'only root can make a system within the system'
rm "$folder"/bin/{id,apt-get,unshare,debootstrap}

for word in --help -h help; do
    cases=$((cases + 1))
    "$binary" "$word" > "$folder/out" 2> "$folder/err" || fail "weir $word"
    says out 'Usage: weir COMMAND'
done

echo "$cases cases, $failures failed"
[ "$failures" = 0 ]
