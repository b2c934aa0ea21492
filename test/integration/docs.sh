#!/usr/bin/env bash
# Do the programs in the documents compile, does docs/events.md know every event, and is the table of
# docs/faults.md what the chaos runner knows, about tests that exist?
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$WEIR_SOURCE"
wrong=0

# code_of FILE: its first block of C.
code_of() {
    awk '/^```c$/ { inside = 1; next } /^```$/ && inside { exit } inside' "$1"
}

# compiles FILE FLAG...: the flags stand behind the program, as libraries must.
compiles() {
    local file=$1
    shift
    code_of "$file" >"$scratch/code.c"
    if ! [ -s "$scratch/code.c" ] ||
        ! cc -Wall -Wextra -Werror -Iinclude -o "$scratch/code" "$scratch/code.c" "$@"; then
        printf '%s: its program does not compile\n' "$file" >&2
        wrong=1
    fi
}

compiles README.md -shared -fPIC
compiles docs/strategies.md -shared -fPIC
compiles docs/embedding.md -L"$(dirname "$WEIR_BINARY")" -lweir
while read -r event; do
    grep -q "^| .*\`$event\`" docs/events.md || {
        printf 'docs/events.md does not know %s\n' "$event" >&2
        wrong=1
    }
done < <(sed -n 's/^ *X(WEIR_EVENT_[A-Z_]*, "\([a-z_]*\)".*/\1/p' include/weir/event.h)

# What stands between the marks is to be the runner's.
sed -n '/^<!-- made by: chaos --document -->$/,/^<!-- end -->$/p' docs/faults.md | sed '1d;$d' >"$scratch/table"
if ! diff "$scratch/table" <("$(dirname "$WEIR_BINARY")/test/fault/chaos" --document); then
    printf 'docs/faults.md is not what chaos --document says\n' >&2
    wrong=1
fi
# shellcheck disable=SC2016  # the backquotes are the table's
while read -r program name; do
    grep -q "START_TEST([A-Za-z0-9_]*$name" "$program" || {
        printf 'docs/faults.md: %s has no test %s\n' "$program" "$name" >&2
        wrong=1
    }
done < <(sed -n 's/^| [AST].*| `\(test[^`]*\)`\(: `\([a-zA-Z0-9_]*\)…`\)\{0,1\} |$/\1 \3/p' "$scratch/table")
exit $wrong
