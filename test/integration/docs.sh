#!/usr/bin/env bash
# Do the programs in the documents compile, and does docs/events.md know every event?
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
exit $wrong
