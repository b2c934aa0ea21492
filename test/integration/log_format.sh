#!/usr/bin/env bash
# Is everything that `weir run --log-format json` says JSON, however it fails, and every sentence
# without it one line?
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
plugins=${WEIR_TEST_PLUGINS:-$source/build/release/test/plugins}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
cases=0
for name in $(compgen -e | grep '^WEIR_' || true); do
    unset "$name"
done

fail() {
    echo "case $cases: $*" >&2
    echo "  stderr: $(head -c 600 "$folder/err")" >&2
    failures=$((failures + 1))
}

# run CODE PART ARGUMENT...: PART is in the text of an error or warning.
run() {
    local code=$1 part=$2 got=0
    shift 2
    cases=$((cases + 1))
    "$binary" run --log-format json "$@" > "$folder/out" 2> "$folder/err" < /dev/null || got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: run $*"
    python3 - "$folder/err" "$part" <<'PYTHON' || fail "run $*"
import json
import sys

lines = [json.loads(line) for line in open(sys.argv[1])]
assert all(set(line) == {"time", "level", "part", "text"} for line in lines)
assert any(sys.argv[2] in line["text"] for line in lines if line["level"] in ("error", "warning"))
PYTHON
}

good=(-X weir.topics=orders -X group.id=shop -X bootstrap.servers=127.0.0.1:1)

run 78 'bootstrap.servers: is missing' -X "weir.handler=$plugins/good.so"
run 78 'weir.handler is missing' "${good[@]}"
run 78 'none.so' "${good[@]}" -X "weir.handler=$folder/none.so"
run 78 'weir.workers: must be' "${good[@]}" -X weir.workers=0
run 78 'cannot be opened' -c "$folder/none"
run 78 '/nowhere/events' "${good[@]}" -X "weir.handler=$plugins/good.so" --events /nowhere/events
run 64 'no such option' --nonsense
run 64 'takes no argument' "${good[@]}" extra
export WEIR_NONSENSE=1
run 78 'WEIR_NONSENSE in the environment is no key' "${good[@]}"

# Whoever read it is gone before the first line: it goes on, to its own end.
cases=$((cases + 1))
python3 - "$binary" "${good[@]}" <<'PYTHON' || fail "nobody reads what run says"
import os
import subprocess
import sys

reader, writer = os.pipe()
os.close(reader)
code = subprocess.run([sys.argv[1], "run"] + sys.argv[2:], stderr=writer, check=False).returncode
assert code == 78, code
PYTHON
unset WEIR_NONSENSE

# complain EXPECTED ARGUMENT...: in text nothing that others said ends the line or steers a
# terminal.
complain() {
    local expected=$1
    shift
    cases=$((cases + 1))
    "$binary" run "$@" > "$folder/out" 2> "$folder/err" < /dev/null
    [ "$(wc -l < "$folder/err")" = 1 ] || fail "not one line: run $*"
    grep -qF -- "$expected" "$folder/err" || fail "no '$expected': run $*"
    ! LC_ALL=C grep -q '[[:cntrl:]]' "$folder/err" || fail "control characters: run $*"
}

complain "argument 'bad\x1b[2Jx\n2026-11-21T00:00:00.000Z info stop: all is well'" \
    $'bad\033[2Jx\n2026-11-21T00:00:00.000Z info stop: all is well'
complain "argument 'plain'" plain

echo "$cases cases, $failures failed"
[ "$failures" = 0 ]
