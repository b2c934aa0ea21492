#!/usr/bin/env bash
# Does `weir demo` show in time what it claims, and does its check notice when the claim is false?
# shellcheck source=test/support/demo.sh
source "$(dirname "$0")/../support/demo.sh"
patience=${TMO_MULT:-1}
FIRST_OUTPUT_MS=2000
WHOLE_MS=45000

now_ms() {
    local now=$EPOCHREALTIME
    echo $((${now%[.,]*} * 1000 + 10#${now#*[.,]} / 1000))
}

# The least of three: a machine that stands still does not make it slower each time.
first_output_ms() {
    local least=999999 took started try pid
    for try in 1 2 3; do
        mkfifo "$folder/first.$try"
        started=$(now_ms)
        "$binary" demo > "$folder/first.$try" 2> /dev/null < /dev/null &
        pid=$!
        read -r < "$folder/first.$try" && took=$(($(now_ms) - started)) &&
            [ "$took" -lt "$least" ] && least=$took
        kill -9 $pid
        wait $pid 2> /dev/null
    done
    echo "$least"
}

# The acceptance of the demonstration, as somebody sees it who reads its output through a pipe.
whole_story() {
    local out=$folder/whole started code=0 first
    first=$(first_output_ms)
    started=$(now_ms)
    cat > "$out" < <(
        "$binary" demo 2> "$out.err" < /dev/null
        echo "exit $?"
    )
    local took=$(($(now_ms) - started))
    code=$(sed -n 's/^exit //p' "$out")
    expect_exit 0 "$code" "the whole demonstration"
    [ "$first" -lt $((FIRST_OUTPUT_MS * patience)) ] ||
        fail "the first output came after $first ms"
    [ "$took" -lt $((WHOLE_MS * patience)) ] || fail "it took $took ms"
    says "$out" '^  lost  *0$' 'The claim holds' '12 of 12 partitions up to their end' \
        'member b leaves' 'member c is killed with [1-9]' '^  in flight  *[1-9]' \
        '^  rebalances  *3$' 'b leaves: partitions paused' 'c is killed: partitions paused' \
        'p50 .* p99 .* no rebalance held up' '^  sequence  *kept'
    expect_whole "$out"
    echo "the whole story: first output after $first ms, end after $took ms"
}

# A terminal gets a table that is drawn anew, and its cursor back.
terminal_view() {
    local out=$folder/terminal code=0
    TERM=xterm script -qec "$binary demo --seconds 2" /dev/null > "$out" 2>&1 < /dev/null ||
        code=$?
    expect_exit 0 $code "on a terminal"
    says "$out" $'\x1b\\[\\?25l' $'\x1b\\[\\?25h' $'\x1b\\[[0-9]+A' $'\x1b\\[3[0-9]m' \
        'part owner committed' 'member  state' 'The claim holds'
    code=0
    NO_COLOR=1 TERM=xterm script -qec "$binary demo --seconds 1" /dev/null > "$out" 2>&1 \
        < /dev/null || code=$?
    expect_exit 0 $code "on a terminal without colours"
    says "$out" $'\x1b\\[[0-9]+A'
    ! grep -qE $'\x1b\\[([0-9]+;)?[0-9]*m' "$out" || fail "colours in spite of NO_COLOR"
    TERM=xterm script -qec "$binary demo --plain --seconds 1" /dev/null > "$out" 2>&1 < /dev/null ||
        fail "--plain on a terminal"
    ! grep -q $'\x1b' "$out" || fail "control characters in spite of --plain"
}

odd_groups() {
    local code=0
    "$binary" demo --plain --seconds 2 --members 1 --partitions 1 --rate 50 > "$folder/one" 2>&1 ||
        code=$?
    expect_exit 0 $code "one member, one partition"
    says "$folder/one" '^  rebalances  *1$' 'The claim holds'
    code=0
    "$binary" demo --plain --seconds 2 --members 8 --partitions 5 > "$folder/many" 2>&1 || code=$?
    expect_exit 0 $code "more members than partitions"
}

bad_input() {
    local code=0
    refused "'0'" --seconds 0
    refused "'301'" --seconds 301
    refused "'9'" --members 9
    refused "'-1'" --partitions -1
    refused "'many'" --rate many
    refused "'x'" --sabotage x
    refused --sceonds --sceonds 3
    refused "'now'" now
    "$binary" demo --help > "$folder/help" || fail "--help fails"
    says "$folder/help" '^Examples:' '--seconds' '--sabotage' 'Exit codes'
    "$binary" demo > /dev/full 2> "$folder/err" || code=$?
    expect_exit 1 $code "a full disk"
    says "$folder/err" 'standard output cannot be written'
    "$binary" --version > "$folder/version" || fail "--version fails"
    says "$folder/version" '^weir [0-9]+\.[0-9]+\.[0-9]+$'
}

bad_input
whole_story
# None of these looks at the time.
beside negative_controls 2
beside interrupt before-anybody-joined 'member a starts' INT
beside interrupt while-handled 'has an owner after' TERM
beside interrupt in-a-rebalance 'the group rebalances' INT
beside odd_groups
beside terminal_view
end
