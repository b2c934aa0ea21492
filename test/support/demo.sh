# shellcheck shell=bash
# What do the tests of `weir demo` begin with? They read this in with the options that all their runs
# have, and have an empty $folder for themselves. What goes wrong is counted.
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
program=("$binary" demo "$@")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0

fail() {
    echo "$(basename "$0"): $*" >&2
    failures=$((failures + 1))
}

# expect_exit CODE GOT WHAT
expect_exit() {
    [ "$2" = "$1" ] || fail "exit $2 instead of $1: $3"
}

# says FILE REGEX...
says() {
    local file=$1 regex
    shift
    for regex in "$@"; do
        grep -qE -- "$regex" "$file" || fail "$(basename "$file") does not say '$regex'"
    done
}

# number_after FILE TITLE: the number in that line of the summary.
number_after() {
    sed -n "s/^  $2  *\([0-9][0-9]*\).*/\1/p" "$1" | head -n 1
}

# expect_whole FILE: everything that was produced was handled, and nothing but text was written; and
# nothing went to FILE.err.
expect_whole() {
    [ "$(number_after "$1" produced)" = "$(number_after "$1" handled)" ] ||
        fail "not everything that was produced was handled"
    [ "$(number_after "$1" produced)" -gt 1000 ] || fail "hardly anything was produced"
    ! grep -q $'[\x1b\r]' "$1" || fail "control characters in a pipe"
    [ ! -s "$1.err" ] || fail "noise on standard error: $(head -c 400 "$1.err")"
    [ $failures = 0 ] || head -c 9000 "$1" >&2
}

# negative_controls SECONDS: each way to break the ledger must be noticed. They run side by side.
negative_controls() {
    local kind pids=() code
    local -A sign=([lose]='^  lost  *1$' [repeat]='1   for no known reason'
        [reorder]='^  sequence  *broken' [commit]='^  committed  *11 of 12')
    for kind in "${!sign[@]}"; do
        "${program[@]}" --plain --seconds "$1" --sabotage "$kind" > "$folder/$kind" 2>&1 \
            < /dev/null &
        pids+=("$!:$kind")
    done
    for kind in "${pids[@]}"; do
        code=0
        wait "${kind%%:*}" || code=$?
        kind=${kind#*:}
        expect_exit 1 $code "--sabotage $kind"
        says "$folder/$kind" "${sign[$kind]}" 'THE CLAIM DOES NOT HOLD'
    done
}

# interrupt NAME REGEX SIGNAL: starts one, and sends the signal once a line matches.
interrupt() {
    local out=$folder/$1 code=0 pid line sent=no
    mkfifo "$out.pipe"
    "${program[@]}" --plain > "$out.pipe" 2> "$out.err" < /dev/null &
    pid=$!
    while IFS= read -r line; do
        printf '%s\n' "$line"
        if [ $sent = no ] && [[ $line =~ $2 ]]; then
            kill "-$3" $pid
            sent=yes # a second one would end it at once
        fi
    done > "$out" < "$out.pipe"
    wait $pid || code=$?
    expect_exit 0 $code "$1"
    head -c 6000 "$out.err" >&2
    says "$out" 'interrupted: the summary so far' '^  lost  *0$' 'The claim holds'
}

# refused PART ARGUMENT...
refused() {
    local part=$1 code=0
    shift
    "$binary" demo "$@" > "$folder/out" 2> "$folder/err" < /dev/null || code=$?
    expect_exit 64 $code "demo $*"
    grep -qF -- "$part" "$folder/err" || fail "'$part' is not said: demo $*"
    [ ! -s "$folder/out" ] || fail "output in spite of a wrong option: demo $*"
}

# beside COMMAND...: in a process of its own, whose exit code is the number of failures.
beside() {
    (
        # shellcheck disable=SC2030
        failures=0 # of its own
        "$@"
        exit "$failures"
    ) &
}

# Waits for those, and ends.
end() {
    local pid
    for pid in $(jobs -p); do
        # shellcheck disable=SC2031  # the others count for themselves
        wait "$pid" || failures=$((failures + $?))
    done
    # shellcheck disable=SC2031
    [ $failures = 0 ] || { echo "$(basename "$0"): $failures failures" >&2 && exit 1; }
    echo "$(basename "$0"): all passed"
}
