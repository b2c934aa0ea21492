#!/usr/bin/env bash
# Does `weir plan` answer with the right exit code, on the right stream, each view with its line?
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
examples=${WEIR_EXAMPLES:-$source/build/release/examples}
plugins=${WEIR_TEST_PLUGINS:-$source/build/release/test/plugins}
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

# run CODE STDERR-PART ARGUMENT...: with $folder/in as standard input.
run() {
    local code=$1 part=$2 got=0
    shift 2
    cases=$((cases + 1))
    "$binary" plan "$@" <"$folder/in" >"$folder/out" 2>"$folder/err" || got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: plan $*"
    [ -z "$part" ] || grep -qF -- "$part" "$folder/err" || fail "'$part' is not said: plan $*"
    [ "$code" != 0 ] || [ ! -s "$folder/err" ] || fail "noise on stderr: plan $*"
}

input() {
    printf '%b' "$1" >"$folder/in"
}

# answers STRATEGY VIEW ANSWER
answers() {
    input "$2"
    run 0 '' --strategy "$1" --view - -o json
    [ "$(cat "$folder/out")" = "$3" ] || fail "not $3"
}

# refuses STDERR-PART VIEW
refuses() {
    input "$2"
    run 78 "$1" --strategy range --view - -o json
}

# usage
input ''
run 0 '' --help
grep -q '^Examples:' "$folder/out" || fail 'no examples'
run 64 'plan: --strategy is needed' --view -
run 64 'plan: --view is needed' --strategy range
run 64 'there is no strategy of that name: range, roundrobin, sticky, static' -s best -v -
run 64 '-o must be table, json or view' -s range -v - -o xml
run 64 '-o view is of a group that runs' -s range -v - -o view
run 64 '--view does not go with -c and -X' -s range -v - -X bootstrap.servers=127.0.0.1:1
run 64 'one group is planned for at a time' -X bootstrap.servers=127.0.0.1:1 a b
run 64 '--timeout: no such option, or its argument' --timeout 0
run 78 'bootstrap.servers is missing' -X group.id=g
run 64 'takes no arguments' -s range -v - more
run 64 'no such option' --nonsense
run 78 'cannot be opened: No such file or directory' -s range -v "$folder/none"
run 78 'there is no view in it' -s range -v -
run 78 'cannot be read' -s range -v "$folder"

# the answers
view='{"members":{"m1":["t1","t2"]},"topics":{"t1":12},"owned":{"m1":{"t1":[0]}}}'
answers range "$view" '{"assignment":{"m1":{"t1":[0,1,2,3,4,5,6,7,8,9,10,11]}},"moves":0}'
two='{"topics":{"b":2,"a":3},"members":{"y":["a","b"],"x":["b","a","gone"]}}'
answers range "$two" '{"assignment":{"x":{"a":[0,1],"b":[0]},"y":{"a":[2],"b":[1]}},"moves":0}'
answers roundrobin "$two" '{"assignment":{"x":{"a":[0,2],"b":[1]},"y":{"a":[1],"b":[0]}},"moves":0}'
members='"topics":{"b":2,"a":3},"members":{"y":["a","b"],"x":["b","a","gone"]'
had='"owned":{"y":{"a":[0,1,2],"gone":[7],"b":[99]},"left":{"b":[0]}}'
owned="{$members},$had}"
answers range "$owned" '{"assignment":{"x":{"a":[0,1],"b":[0]},"y":{"a":[2],"b":[1]}},"moves":3}'
answers sticky "$owned" '{"assignment":{"x":{"b":[0,1]},"y":{"a":[0,1,2]}},"moves":1}'
named='{"members":{"m":{"partitions":"t:0-1"},"n":{"topics":["t"],"partitions":"t:3","capacity":2,"rack":"r"}},"topics":{"t":5}}'
answers static "$named" '{"assignment":{"m":{"t":[0,1]},"n":{"t":[3]}},"moves":0}'
answers sticky '{"members":{},"topics":{"t":1}}' '{"assignment":{},"moves":0}'
answers sticky '{"members":{"m":[]},"topics":{}}' '{"assignment":{"m":{}},"moves":0}'
answers range '{"members":{"m":["t"]},"topics":{"t":0},"color":"blue","epoch":1}' '{"assignment":{"m":{}},"moves":0}'

# of several views each has its line, whatever blanks are between them
answers range "\n$two\n\n  $view{\n\"members\":{},\n\"topics\":{}}" \
    '{"assignment":{"x":{"a":[0,1],"b":[0]},"y":{"a":[2],"b":[1]}},"moves":0}
{"assignment":{"m1":{"t1":[0,1,2,3,4,5,6,7,8,9,10,11]}},"moves":0}
{"assignment":{},"moves":0}'
cp "$folder/in" "$folder/views.json"
cp "$folder/out" "$folder/expected"
run 0 '' -s range -v "$folder/views.json" -o json
cmp -s "$folder/out" "$folder/expected" || fail 'a file is not read as standard input is'

# each is answered before the next one is there
cases=$((cases + 1))
coproc "$binary" plan --strategy range --view - -o json
child=$COPROC_PID feed=${COPROC[1]} answers=${COPROC[0]}
for _ in 1 2; do
    printf '%s\n' "$view" >&"$feed"
    read -r -t 60 answer <&"$answers" || answer=
    [ "${answer%:*}" = '{"assignment":{"m1":{"t1":[0,1,2,3,4,5,6,7,8,9,10,11]}},"moves"' ] ||
        fail "no answer while the input is open: $answer"
done
exec {feed}>&-
wait "$child" || fail "it did not end well"

# the table
input "{$members,\"z\":[]},$had}"
run 0 '' --strategy range --view -
diff "$folder/out" - <<'TABLE' || fail 'not that table'
MEMBER    TOPIC  PARTITIONS
x         a      *0-1
x         b      *0
y         a      2
y         b      1
z         -      -
range: 5 partitions, 3 members; 3 move (*), 0 without an owner
TABLE
input "$named"
run 0 '' --strategy static --view -
grep -qE '^\(nobody\) +t +2 4$' "$folder/out" || fail 'what nobody has is not there'
grep -qF '2 without an owner' "$folder/out" || fail 'what nobody has is not counted'

# what the manual shows
manual=$source/docs/strategies.md
sed -n 's/^{"members".*/&/p' "$manual" >"$folder/in"
[ "$(wc -l <"$folder/in")" = 1 ] || fail 'the manual has no view'
run 0 '' --strategy sticky --view -
[[ $(<"$manual") == *"$(<"$folder/out")"* ]] || fail 'the manual shows another answer'
for row in 'range 6' 'roundrobin 4' 'sticky 2'; do
    run 0 '' --strategy "${row% *}" --view -
    grep -qE "^${row% *} .* ${row#* }\$" "$manual" || fail "the manual has no row of ${row% *}"
    grep -qF " ${row#* } move" "$folder/out" || fail "not as many moves as in the manual"
done

# a plug-in, from a folder that nobody else can write to
mkdir -m 700 "$folder/own"
install -m 600 "$plugins/strategy_good.so" "$plugins/strategy_bad_abi.so" \
    "$plugins/strategy_lies.so" "$examples/weighted.so" "$folder/own"
answers "$folder/own/strategy_good.so" "$two" '{"assignment":{"x":{},"y":{"a":[0,1,2],"b":[0,1]}},"moves":0}'
answers "$folder/own/weighted.so" \
    '{"members":{"big":{"topics":["t"],"capacity":3},"small":["t"]},"topics":{"t":8},"owned":{"small":{"t":[5,7]}}}' \
    '{"assignment":{"big":{"t":[0,1,2,3,4,6]},"small":{"t":[5,7]}},"moves":0}'
input ''
run 78 'rebuild it with the <weir/strategy.h> of this weir' -s "$folder/own/strategy_bad_abi.so" -v -
input "$two"
run 78 'strategy lies gave a:0 to member 2, and there are 2' -s "$folder/own/strategy_lies.so" -v -
[ ! -s "$folder/out" ] || fail 'an answer that is none is shown'
run 78 'does not exist: the strategy is the path of a file' -s ./none.so -v -

# what is no view
refuses 'standard input: line 1: ' nonsense
refuses 'standard input: line 1: ' '[]'
refuses 'standard input: line 3: ' "$view\n\n{\"members\":"
refuses 'standard input: line 4: ' "$view\n\n{\n\"members\":x}"
refuses 'members' '{"topics":{}}'
refuses 'topics' '{"members":{}}'
refuses 'unpacked' '{"members":{},"topics":{},"owner":{}}'
refuses 'members, topics and owned must be objects' '{"members":[],"topics":{}}'
refuses 'duplicate object key' '{"members":{"m":[],"m":[]},"topics":{}}'
refuses 'the partitions of t must be a whole number' '{"members":{},"topics":{"t":1.5}}'
refuses 'the partitions of t must be a whole number' '{"members":{},"topics":{"t":"1"}}'
refuses 'topic t cannot have -1 partitions' '{"members":{},"topics":{"t":-1}}'
refuses 'topic t cannot have 2147483647 partitions' '{"members":{},"topics":{"t":2147483647}}'
refuses 'topic u cannot have 1000000 partitions' '{"members":{},"topics":{"t":1000000,"u":1000000}}'
refuses 'too big integer' '{"members":{},"topics":{"t":99999999999999999999}}'
refuses "a topic's name has 1 to 249" '{"members":{},"topics":{"a b":1}}'
refuses 'm must be a list of topics' '{"members":{"m":1},"topics":{}}'
refuses 'the topics of m must be strings' '{"members":{"m":[1]},"topics":{}}'
refuses 'the topics of m must be a list' '{"members":{"m":{"topics":"t"}},"topics":{}}'
refuses 'the capacity of m must be 1 to' '{"members":{"m":{"topics":[],"capacity":0}},"topics":{}}'
refuses "m: 1 object item(s) left unpacked: nonsense" '{"members":{"m":{"nonsense":1}},"topics":{}}'
refuses "a member's id is empty" '{"members":{"":[]},"topics":{}}'
refuses 'm must be an object of topics' '{"members":{},"topics":{},"owned":{"m":[]}}'
refuses 'what m has of t must be a list' '{"members":{},"topics":{},"owned":{"m":{"t":1}}}'
refuses 'what m has of t must be a list' '{"members":{},"topics":{},"owned":{"m":{"t":[-1]}}}'
refuses 'what m has of t must be a list' '{"members":{},"topics":{},"owned":{"m":{"t":["0"]}}}'
refuses 'line 1: ' "$(printf '{"members":{"m":["%s' "$(printf '%0.s[' {1..3000})")"
refuses 'line 1: ' '{"members":{"\\u0000":[]},"topics":{}}'
input '{"members":{"m":{"partitions":"t:0"},"n":{"partitions":"t:0"}},"topics":{"t":1}}\n'
run 78 'line 1: weir.partitions of m and of n both name t:0: give it to one' -s static -v -

# a full disk
cases=$((cases + 1))
input "$view"
"$binary" plan -s range -v - <"$folder/in" >/dev/full 2>"$folder/err" && fail 'a full disk is not noticed'
grep -q 'cannot be written' "$folder/err" || fail 'a full disk is not said'

echo "$cases cases, $failures failed"
[ "$failures" = 0 ]
