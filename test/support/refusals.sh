# shellcheck shell=bash
# What do the tests begin with that see a `weir` command refuse something? They read this in with the
# words that stand before all arguments, and have an empty $folder for themselves. The first that goes
# wrong ends them. The canary stands where a secret does.
set -eu
source=${WEIR_SOURCE:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
program=("$binary" "$@")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: > "$folder/err"
canary=CANARY7f3a
# shellcheck disable=SC2034  # for those who read this in
nobody=127.0.0.1:1 # tcpmux, which nobody speaks

fail() {
    echo "$*" >&2
    sed 's/^/  stderr: /' "$folder/err" >&2
    exit 1
}

# run CODE SENTENCE ARGUMENT...
run() {
    local code=$1 sentence=$2 got=0
    shift 2
    "${program[@]}" "$@" > "$folder/out" 2> "$folder/err" < /dev/null || got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: $*"
    [ ! -s "$folder/out" ] || fail "data on standard output: $*"
    grep -qF -- "$sentence" "$folder/err" || fail "'$sentence' is not said: $*"
    ! grep -qF "$canary" "$folder/err" || fail "the canary is shown: $*"
}

# options FILE...: the long options named there
options() {
    grep -ohE -e '--[a-z]+(-[a-z]+)*' "$@" | sort -u
}

# What $folder/help names is known to the completions.
expect_completed() {
    local list missing
    options "$folder/help" > "$folder/options"
    for list in weir.bash _weir; do
        options "$source/completions/$list" > "$folder/known"
        missing=$(comm -23 "$folder/options" "$folder/known" | tr '\n' ' ')
        [ -z "$missing" ] || fail "completions/$list does not know $missing"
    done
}
