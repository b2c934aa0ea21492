#!/usr/bin/env bash
# Are the tables of docs/configuration.md and docs/metrics.md what `weir config list -o markdown` and
# `weir metrics list -o markdown` say today? With --write they are brought up to date instead.
set -eu
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
wrong=0

# judge COMMAND DOCUMENT [--write]
judge() {
    local command=$1 document=$source/docs/$2 table fresh
    table=$("$binary" "$command" list -o markdown)
    fresh=$(awk -v table="$table" -v mark="<!-- made by: weir $command list -o markdown -->" '
        /^<!-- end -->$/ { inside = 0; seen++ }
        !inside { print }
        $0 == mark { inside = 1; seen++; print table }
        END { if (seen != 2) exit 1 }' "$document") || {
        echo "$document: its two marks are not there" >&2
        exit 1
    }
    if [ "${3:-}" = --write ]; then
        printf '%s\n' "$fresh" > "$document"
    elif ! diff "$document" <(printf '%s\n' "$fresh"); then
        echo "docs/$2 is stale: run test/integration/config_docs.sh --write" >&2
        wrong=1
    fi
}

judge config configuration.md "$@"
judge metrics metrics.md "$@"
exit $wrong
