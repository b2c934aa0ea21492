#!/usr/bin/env bash
# Does `weir demo --bluegreen` show what it claims, and does its check notice when the claim is false?
# shellcheck source=test/support/demo.sh
source "$(dirname "$0")/../support/demo.sh" --bluegreen

# The acceptance, as somebody sees it who reads the output through a pipe.
whole_story() {
    local out=$folder/whole code=0 bound again
    "${program[@]}" > "$out" 2> "$out.err" < /dev/null || code=$?
    expect_exit 0 $code "the whole demonstration"
    says "$out" 'member a starts .* one of blue' 'member d starts .* one of green' \
        '\$ weir switch apply --to blue --execute' '\$ weir switch apply --to green --execute' \
        'green has every partition after [0-9]+ ms: c [0-9]+' 'member d hangs' \
        'switch to blue: draining, epoch 5' 'member d is killed with [0-9]+ orders' \
        'weir switch rollback --execute' 'the switch is rolled back: blue is active, epoch 9' \
        '^  lost  *0$' '^  sequence  *kept' '12 of 12 partitions up to their end' \
        '^    to blue, the first time: done' '^    blue to green: done; gaps p50 [0-9]+, p99 [0-9]+, most' \
        '^    green to blue, d is killed in it: done; gaps p50' '^    blue to green, watched; gaps p50' \
        '^    taken back to blue: rolled back; gaps p50' 'The claim holds'
    # What was done and not committed comes again, and nothing else does.
    again=$(sed -n 's/^  *\([0-9][0-9]*\)   done by the killed member.*/\1/p' "$out")
    bound=$(number_after "$out" 'in flight')
    [ "${again:-none}" -le "${bound:-none}" ] || fail "$again came again, and $bound were in flight"
    expect_whole "$out"
}

# A terminal gets a table that is drawn anew: who is active, and whose each partition is.
terminal_view() {
    local out=$folder/terminal code=0
    TERM=xterm script -qec "${program[*]} --seconds 1" /dev/null > "$out" 2>&1 \
        < /dev/null || code=$?
    expect_exit 0 $code "on a terminal"
    says "$out" $'\x1b\\[[0-9]+A' $'no color\x1b\\[0m is active  epoch 0' \
        $'\x1b\\[94mblue\x1b\\[0m is active  epoch 2' 'part owner   committed' \
        $'\x1b\\[94m   0 [ab] blue' 'd green running' 'The claim holds'
}

# More partitions than members, fewer partitions than members, and the least that there may be.
odd_groups() {
    local code=0
    "${program[@]}" --plain --seconds 1 --members 2 --partitions 1 --rate 50 \
        > "$folder/two" 2>&1 || code=$?
    expect_exit 0 $code "two members, one partition"
    code=0
    "${program[@]}" --plain --seconds 1 --members 8 --partitions 3 > "$folder/eight" 2>&1 ||
        code=$?
    expect_exit 0 $code "more members than partitions"
    says "$folder/eight" 'member h starts .* one of green' 'The claim holds'
}

bad_input() {
    refused '--zookeeper goes with --bluegreen' --zookeeper localhost
    refused '--members 2 or more' --bluegreen --members 1
    refused 'zookeeper.connect' --bluegreen --zookeeper 'localhost:port'
    "$binary" demo --help > "$folder/help" || fail "--help fails"
    says "$folder/help" '--bluegreen ' '--zookeeper '
}

bad_input
# None of these looks at the time.
beside whole_story
beside negative_controls 1 # one switch each
beside interrupt in-the-hand-over 'member d hangs' TERM
beside interrupt after-the-crash 'member d is killed' INT
beside odd_groups
beside terminal_view
end
