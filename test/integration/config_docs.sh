#!/usr/bin/env bash
# Is docs/configuration.md what `weir config list -o markdown` says today?
# With --write it is brought up to date instead.
set -eu
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
document=$source/docs/configuration.md
table=$("$binary" config list -o markdown)
fresh=$(awk -v table="$table" '
    /^<!-- end -->$/ { inside = 0; seen++ }
    !inside { print }
    /^<!-- made by: weir config list -o markdown -->$/ { inside = 1; seen++; print table }
    END { if (seen != 2) exit 1 }' "$document") || {
    echo "$document: its two marks are not there" >&2
    exit 1
}
if [ "${1:-}" = --write ]; then
    printf '%s\n' "$fresh" > "$document"
elif ! diff "$document" <(printf '%s\n' "$fresh"); then
    echo "docs/configuration.md is stale: run test/integration/config_docs.sh --write" >&2
    exit 1
fi
