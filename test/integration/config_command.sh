#!/usr/bin/env bash
# Does `weir config` answer with the right exit code, on the right stream, and never with a secret?
# S65 of the fault table; the canary stands wherever a secret may stand by mistake.
set -u
source=${WEIR_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
binary=${WEIR_BINARY:-$source/build/release/weir}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
failures=0
cases=0
canary=CANARY7f3a
# What the runner sets must not decide anything here.
for name in $(compgen -e | grep '^WEIR_' || true); do
    unset "$name"
done

fail() {
    echo "case $cases: $*" >&2
    echo "  stdout: $(head -c 600 "$folder/out")" >&2
    echo "  stderr: $(head -c 600 "$folder/err")" >&2
    failures=$((failures + 1))
}

# run CODE STDERR-PART ARGUMENT...
run() {
    local code=$1 part=$2 got=0
    shift 2
    cases=$((cases + 1))
    "$binary" config "$@" > "$folder/out" 2> "$folder/err" < /dev/null || got=$?
    [ "$got" = "$code" ] || fail "exit $got instead of $code: config $*"
    [ -z "$part" ] || grep -qF -- "$part" "$folder/err" || fail "'$part' is not said: config $*"
    if [ "$code" = 0 ]; then
        [ -n "$part" ] || [ ! -s "$folder/err" ] || fail "noise on stderr: config $*"
    else
        [ ! -s "$folder/out" ] || fail "data on stdout: config $*"
    fi
    ! grep -qF "$canary" "$folder/out" "$folder/err" || fail "the canary is shown: config $*"
}

says() {
    grep -qF -- "$1" "$folder/out" || fail "'$1' is not on stdout"
}

# field KEY NAME: of the object of KEY in the JSON on stdout
field() {
    sed -n "/\"$1\",\$/,/}/s/^ *\"$2\": \"\(.*\)\",\{0,1\}\$/\1/p" "$folder/out"
}

file() {
    printf '%b' "$1" > "$folder/a.properties"
    chmod 600 "$folder/a.properties"
}

good=(-X weir.topics=orders -X group.id=shop -X bootstrap.servers=127.0.0.1:1)

# usage
run 0 '' --help
says 'Examples:'
run 64 'one of list, check and dump is needed'
run 64 'one of list, check and dump is needed' nonsense
run 64 'one of list, check and dump is needed' list check
run 64 '-q: no such option' list -q
run 64 '--password: no such option' check --password=$canary
run 64 '-X needs KEY=VALUE' check -X "$canary"
run 64 '-X needs KEY=VALUE' check -X "=$canary"
run 64 'its argument is missing' check --config
run 64 '-o must be' list -o xml
run 64 '-o must be' list -o properties
run 64 '-o must be' dump -o markdown
run 64 'does not go with it' check -o json

# list
run 0 '' list
says 'weir.batch.size'
run 0 '' list -o markdown
says "| \`weir.order\` | \`key\` | \`partition\`, \`key\`, \`none\` |"
run 0 '' list --output json
[ "$(grep -c '"name": "weir\.' "$folder/out")" -gt 20 ] || fail 'keys are missing'
[ "$(field weir.workers range)" = 1..4096 ] || fail 'the range is wrong'

# check
run 78 'bootstrap.servers: is missing' check
run 0 '' check "${good[@]}"
says good
run 78 'weir.partitions: only goes with weir.coordinator=none' check "${good[@]}" -X weir.partitions=a:0
run 78 'weir.coordinator: must be one of none|kafka' check "${good[@]}" -X weir.coordinator=$canary
run 78 'did you mean sasl.password?' check "${good[@]}" -X sasl.pasword=$canary
run 78 'it runs code' check "${good[@]}" -X plugin.library.paths=/$canary
run 78 'anybody with a certificate' check "${good[@]}" -X ssl.endpoint.identification.algorithm=none
run 0 '' check "${good[@]}" -X ssl.endpoint.identification.algorithm=none -X weir.insecure=true
run 78 'No such file or directory' check "${good[@]}" -X security.protocol=ssl \
    -X ssl.ca.location=/$canary
run 78 'cannot be opened: No such file or directory' check -c "$folder/none"
run 78 'is a directory' check -c "$folder"

# what may be so and is seldom meant is a warning
run 0 'weir: warning: weir.offsets.store: memory is known to this member alone' \
    check "${good[@]}" -X weir.offsets.store=memory
# known defects of the library here are warnings
scram=(-X security.protocol=sasl_ssl -X sasl.mechanism=SCRAM-SHA-512
    -X "sasl.username=$canary" -X "sasl.password=$canary")
version=$(pkg-config --modversion rdkafka)
if [ "$(printf '%s\n' "$version" 2.6.1 | sort -V | head -n 1)" != 2.6.1 ]; then
    run 0 "weir: warning: sasl.mechanism: brokers of Kafka 4.0" check "${good[@]}" "${scram[@]}"
    run 0 "(librdkafka is $version; mended in 2.6.1)" check "${good[@]}" "${scram[@]}"
else
    run 0 '' check "${good[@]}" "${scram[@]}"
fi
says good

# files: byte order mark, CRLF, doubles, unknown keys, broken text
file '\xEF\xBB\xBFweir.topics=orders\r\ngroup.id=shop\r\nbootstrap.servers=127.0.0.1:1\r\n'
run 0 '' check --config "$folder/a.properties"
file "a=1\nsasl.password=x\nsasl.password=$canary\n"
run 78 'line 1: (a key that is not shown): no such key' check -c "$folder/a.properties"
file "sasl.password=x\nsasl.password=$canary\n"
run 78 'a.properties: line 2: sasl.password: is set on line 1 already' check \
    -c "$folder/a.properties"
file "ssl.key.pem=-----BEGIN PRIVATE KEY-----\n$canary\n"
run 78 'line 2: (a key that is not shown)' check -c "$folder/a.properties"
file "sasl.password=$canary\\0"
run 78 'line 1: a NUL byte' check -c "$folder/a.properties"
file "sasl.password=$canary\\xFF"
run 78 'line 1: not UTF-8' check -c "$folder/a.properties"
file 'sasl.kerberos.kinit.cmd=true\n'
run 0 '' dump -c "$folder/a.properties"
chmod 666 "$folder/a.properties"
run 78 'line 1: sasl.kerberos.kinit.cmd: it runs code' dump -c "$folder/a.properties"

# all mistakes at once, each with its place
expects() {
    grep -qF -- "$1" "$folder/err" || fail "'$1' is not on stderr"
}
file "weir.workers=0\nweir.topics=orders\nsasl.pasword=$canary\ngroup.id=shop\nsession.timeout.ms=$canary\n"
export WEIR_FETCHERS=$canary
run 78 'a.properties: line 1: weir.workers: must be 1..4096' check -c "$folder/a.properties" \
    -X weir.order=$canary -X nonsense
expects 'a.properties: line 3: sasl.pasword: no such key; did you mean sasl.password?'
expects 'a.properties: line 5: session.timeout.ms: librdkafka allows 1 .. 3600000'
expects 'WEIR_FETCHERS in the environment: weir.fetchers: must be'
expects 'weir.order: must be one of'
expects '-X needs KEY=VALUE'
expects 'bootstrap.servers: is missing'
[ "$(wc -l < "$folder/err")" = 7 ] || fail 'not one line for each mistake'
unset WEIR_FETCHERS
run 78 'weir.partitions: only goes with weir.coordinator=none' check "${good[@]}" \
    -X weir.partitions=a:0 -X weir.batch.size=2049 -X fetch.max.bytes=1000
expects 'weir.batch.size: is more than weir.buffer.records'
expects 'weir.batch.size: is more than weir.inflight'
expects 'must be >='
[ "$(wc -l < "$folder/err")" = 4 ] || fail 'not one line for each mistake'
file 'weir.batch.size=2049\nweir.coordinator=none\nweir.topics=orders\nweir.partitions=a:0\nbootstrap.servers=h:1\ngroup.id=g\n'
run 78 'a.properties: line 1: weir.batch.size: is more than weir.inflight' check \
    -c "$folder/a.properties"
expects 'a.properties: line 3: weir.topics: does not go with weir.partitions'
run 78 'weir: weir.batch.size: is more than weir.inflight' check -c "$folder/a.properties" \
    -X weir.batch.size=2050
run 78 'sasl.mechanism: librdkafka says: Invalid value: ***' check "${good[@]}" \
    -X sasl.mechanism=$canary,a
run 78 'builtin.features: librdkafka says: Invalid value ***' check "${good[@]}" \
    -X builtin.features=$canary
[ "$(grep -o builtin.features "$folder/err" | wc -l)" = 1 ] || fail 'the key is named twice'

# dump: precedence and masks
file "weir.workers=1\nweir.fetchers=1\nweir.order=none\nsasl.password=$canary\n
handler.dsn=host=db password=$canary\nhandler.url=https://u:$canary@db/x\n"
export WEIR_FETCHERS=2 WEIR_ORDER=partition
run 0 '' dump -c "$folder/a.properties" -X weir.order=key
says 'weir.workers'
grep -qE '^weir.workers +file +1$' "$folder/out" || fail 'the file does not win over the default'
grep -qE '^weir.fetchers +environment +2$' "$folder/out" || fail 'the environment does not win'
grep -qE '^weir.order +argument +key$' "$folder/out" || fail '-X does not win'
grep -qE '^sasl.password +file +\*\*\*$' "$folder/out" || fail 'a secret is not masked'
says 'https://***@db/x'
run 0 '' dump -c "$folder/a.properties" -o json
[ "$(field weir.fetchers origin)" = environment ] || fail 'the origin is wrong'
[ "$(field weir.fetchers value)" = 2 ] || fail 'the value is wrong'
[ "$(field weir.batch.size origin)" = default ] || fail 'a default is missing'
[ "$(field sasl.password value)" = '***' ] || fail 'a secret is not masked'

# what dump -o properties writes is read back as it was
run 0 '' dump -X 'handler.odd= a\b	c:d=#é ' -X weir.workers=7 -o properties
cp "$folder/out" "$folder/b.properties"
run 0 '' dump -c "$folder/b.properties" -o json
[ "$(field handler.odd value)" = ' a\\b\tc:d=#é ' ] || fail 'an odd value is not read back'
[ "$(field weir.workers origin)" = file ] || fail 'a value is not read back'

# environment
export WEIR_WORKERS=$canary
run 78 'WEIR_WORKERS in the environment: weir.workers: must be 1..4096' dump
export WEIR_WORKERS=
run 0 '' dump
unset WEIR_WORKERS
export WEIR_WORKRS=$canary
run 0 'warning: WEIR_WORKRS in the environment is no key' dump
unset WEIR_WORKRS
export WEIR_PORT=tcp://10.0.0.1:80 WEIR_SERVICE_HOST=10.0.0.1
run 0 '' dump
unset WEIR_PORT WEIR_SERVICE_HOST

# a pipe, and a full disk
cases=$((cases + 1))
"$binary" config check -c <(printf 'weir.topics=a\ngroup.id=g\nbootstrap.servers=h:1\n') \
    > "$folder/out" 2> "$folder/err" || fail 'a pipe is not read'
cases=$((cases + 1))
"$binary" config list > /dev/full 2> "$folder/err" && fail 'a full disk is not noticed'
grep -q 'cannot be written' "$folder/err" || fail 'a full disk is not said'

echo "$cases cases, $failures failed"
[ "$failures" = 0 ]
