#!/usr/bin/env bash
# Does every checker of `./dev lint` see what it is there to see? Each is fed a file that violates
# its rule, which it must flag in the words given here, and a sound one, which it must let pass.
set -euo pipefail
shopt -s lastpipe # so that a checker at the end of a pipe counts here
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cases=0
wrong=0

# tree: an empty tree to put violations into.
tree() {
    rm -rf "$scratch/tree"
    mkdir -p "$scratch/tree"
    cd "$scratch/tree"
}

# put PATH: standard input becomes a file of the tree.
put() {
    mkdir -p "$(dirname "$1")"
    cat >"$1"
}

# flags WORDS COMMAND...: the command must fail and say WORDS.
flags() {
    local words=$1 text
    shift
    cases=$((cases + 1))
    if text=$("$@" 2>&1); then
        printf 'selftest: nobody noticed: %s\n' "$words" >&2
    elif [[ $text == *"$words"* ]]; then
        return 0
    else
        printf 'selftest: expected "%s", got:\n%s\n' "$words" "$text" >&2
    fi
    wrong=$((wrong + 1))
}

# passes COMMAND...: the command must have nothing to say against.
passes() {
    local text
    cases=$((cases + 1))
    if ! text=$("$@" 2>&1); then
        printf 'selftest: "%s" complains about sound code:\n%s\n' "$*" "$text" >&2
        wrong=$((wrong + 1))
    fi
}

# layer WORDS PATH INCLUDE: a file at PATH with that include must be flagged.
layer() {
    tree
    mkdir -p offsets framework/base strategies test/support tools include/weir
    touch offsets/tracker.h framework/zoo.h framework/loop.h framework/base/ring.h strategies/range.h \
        test/support/kafka.h tools/demo.h
    put framework/client_kafka.h <<<'#include <librdkafka/rdkafka.h>'
    put framework/through.h <<<'#include "offsets/tracker.h"'
    put tools/zoo_talk.h <<<'#include "framework/zoo.h"'
    put test/support/plugin.h <<<'#include "framework/through.h"'
    put test/support/ring.h <<<'#include "framework/base/ring.h"'
    printf '#include %s\n' "$3" | put "$2"
    if [ -n "$1" ]; then
        flags "$2:1: $1" "$here/check_layers.py" .
    else
        passes "$here/check_layers.py" .
    fi
}

test_layers() {
    layer '"offsets/tracker.h" is not for this folder' strategies/x.c '"offsets/tracker.h"'
    layer '"strategies/range.h" is not for this folder' offsets/x.c '"strategies/range.h"'
    layer '"framework/loop.h" is not for this folder' offsets/x.c '"framework/loop.h"'
    layer '"framework/loop.h" is not for this folder' framework/base/x.c '"framework/loop.h"'
    layer '"framework/loop.h" is not for this folder' tools/x.c '"framework/loop.h"'
    layer '"framework/loop.h" is not for this folder' tools/zoo_x.c '"framework/loop.h"'
    layer '"framework/zoo.h" is not for this folder' tools/x.c '"framework/zoo.h"'
    layer '"tools/zoo_talk.h" leads to "framework/zoo.h"' tools/x.c '"tools/zoo_talk.h"'
    layer '"tools/demo.h" is not for this folder' framework/x.c '"tools/demo.h"'
    layer '"framework/base/ring.h" is not for this folder' examples/x.c '"framework/base/ring.h"'
    layer '"framework/base/ring.h" is not for this folder' bench/x.c '"framework/base/ring.h"'
    layer '"framework/loop.h" is not for this folder' test/integration/x.c '"framework/loop.h"'
    layer '"test/support/kafka.h" is not for this folder' framework/x.c '"test/support/kafka.h"'
    layer '"framework/loop.h" is not for this folder' include/weir/x.h '"framework/loop.h"'
    layer '"ring.h" does not begin with' framework/base/x.c '"ring.h"'
    layer '"framework/gone.h" does not exist' framework/x.c '"framework/gone.h"'
    layer '<framework/loop.h> is ours' framework/x.c '<framework/loop.h>'
    layer '<librdkafka/rdkafka.h>, which is for *_kafka.[ch] only' framework/x.c '<librdkafka/rdkafka.h>'
    layer '<librdkafka/rdkafka.h> is not for a public' include/weir/x_kafka.h '<librdkafka/rdkafka.h>'
    layer '"framework/client_kafka.h" leads to <librdkafka/rdkafka.h>' framework/x.c \
        '"framework/client_kafka.h"'
    layer '"test/support/plugin.h" leads to "framework/through.h"' test/integration/x.c \
        '"test/support/plugin.h"'
    layer '<librdkafka/rdkafka_mock.h>, which is for' tools/demo.c '<librdkafka/rdkafka_mock.h>'
    layer '<uv.h>, which is for loop.c' framework/x.c '<uv.h>'
    layer '<zookeeper/zookeeper.h>, which is for' offsets/x.c '<zookeeper/zookeeper.h>'
    layer '<jansson.h>, which is for' framework/x.c '<jansson.h>'
    layer '<pcre2.h>, which is for' strategies/x.c '<pcre2.h>'
    layer '<uv.h> is not for a public header' include/weir/x.h '<uv.h>'
    layer '<pthread.h> is not for a public header' include/weir/x.h '<pthread.h>'
    layer 'atomics live in framework/base' framework/x.c '<stdatomic.h>'
    layer 'no rule says' stray/x.c '<stdio.h>'
    layer '' framework/x.c '"offsets/tracker.h"'
    layer '' framework/x_kafka.c '<librdkafka/rdkafka.h>'
    layer '' framework/x_kafka.c '"framework/client_kafka.h"'
    layer '' test/unit/x.c '"test/support/plugin.h"'
    layer '' test/integration/x.c '"test/support/ring.h"'
    layer '' framework/base/loop.c '<uv.h>'
    layer '' framework/control_loop.c '<uv.h>'
    layer '' strategies/pattern.c '<pcre2.h>'
    layer '' test/unit/x.c '"tools/demo.h"'
    layer '' tools/zoo_x.c '"framework/zoo.h"'
    layer '' tools/zoo_x.c '"tools/zoo_talk.h"'
    layer '' test/integration/x.c '"test/support/kafka.h"'
    layer '' include/weir/x.h '<stdint.h>'
}

# lines COUNT TEXT: TEXT, COUNT times.
lines() {
    local i
    for ((i = 0; i < $1; i++)); do
        printf '%s\n' "$2"
    done
}

# shape WORDS PATH: standard input at PATH must be flagged; with empty WORDS it must pass.
shape() {
    tree
    put "$2"
    if [ -n "$1" ]; then
        flags "$1" "$here/check_shape.py" .
    else
        passes "$here/check_shape.py" .
    fi
}

# A function with the parameters $1 and the body on standard input.
function_of() {
    printf 'int f(%s)\n{\n' "$1"
    cat
    printf '}\n'
}

test_shape_sizes() {
    lines 501 'int a;' | shape '501 lines, more than 500' framework/x.c
    lines 500 'int a;' | shape '' framework/x.c
    lines 251 'int a;' | shape '251 lines, more than 250' include/weir/x.h
    lines 61 '    g();' | function_of void | shape 'f has 61 lines, more than 60' tools/x.c
    lines 60 '    g();' | function_of void | shape '' examples/x.c
    lines 16 '    g();' | function_of void | shape 'median function has 16' framework/x.c
    function_of 'int a, int b, int c, int d, int e, int f' <<<'' |
        shape 'f has 6 parameters, more than 5' offsets/x.c
    function_of 'int a, int b, int c, int d, int (*e)(int, int)' <<<'' | shape '' offsets/x.c
    function_of void <<<'if (a) { while (b) { for (;;) { if (c) { } } } }' |
        shape 'f has 4 levels of nesting' offsets/x.c
    function_of void <<<'if (a) { do { switch (b) { } } while (c); } else { x = (struct y){ z }; }' |
        shape '' offsets/x.c
    lines 12 '    g(a && b);' | function_of void | shape 'f has 13 branches' offsets/x.c
    printf 'START_TEST(long_one)\n{\n%s\n}\nEND_TEST\n' "$(lines 61 'g();')" |
        shape 'long_one has 61 lines' test/unit/x.c
}

test_shape_words() {
    local name
    for name in sleep usleep nanosleep clock_nanosleep uv_sleep thrd_sleep; do
        function_of void <<<"    $name(1);" | shape "x.c:3: $name: a test never sleeps" test/unit/x.c
        function_of void <<<"    $name(1);" | shape '' tools/x.c
    done
    function_of void <<<'    nanosleep(a, b);' | shape '' test/plugins/x.c
    function_of void <<<'    /* sleep(1) */ g("sleep(1)");' | shape '' test/unit/x.c
    printf 'until ready; do sl''eep 1; done\n' | shape 'a test never sleeps' test/integration/x.sh
    printf 'import time\ntime.sleep(1)\n' | shape 'a test never sleeps' test/integration/x.py
    function_of void <<<'    rd_kafka_pause_partitions(a, b);' |
        shape 'the data path never pauses' framework/x_kafka.c
    function_of void <<<'    zoo_get_current_server(a);' | shape 'shares a buffer' test/unit/x.c
    function_of void <<<'    getenv("A");' | shape 'only the command reads' framework/x.c
    function_of void <<<'    getenv("A");' | shape '' tools/x.c
    function_of void <<<'    clock_gettime(a, b);' | shape 'the pure core is told' strategies/x.c
    function_of void <<<'    weir_clock_now();' | shape 'the pure core is told' framework/lanes.c
    function_of void <<<'    weir_clock_now();' | shape '' framework/loop.c
    printf 'typedef struct a {\n    int b;\n} c;\n' | shape 'keep their tag' framework/x.h
    printf 'typedef enum a b;\n' | shape 'keep their tag' framework/x.h
    printf 'typedef enum a b(struct c *d);\n' | shape '' framework/x.h
    # Spelled apart, so that this file does not flag itself.
    printf '/* %s: later */\n' 'TO''DO' | shape 'write an issue' framework/x.c
    printf '# %s\n' 'FIX''ME' | shape 'write an issue' docs/x.md
}

test_headers() {
    tree
    mkdir -p include test
    cp -R "$root/include/weir" include/
    cp -R "$root/test/headers" test/
    passes "$root/test/headers/run" .
    put include/weir/bad.h <<<'size_t not_self_contained(void);'
    flags 'include/weir/bad.h alone does not compile with: gcc' "$root/test/headers/run" .
    put include/weir/bad.h <<<'struct twice { int a; };'
    flags 'redefinition of' "$root/test/headers/run" .
    put include/weir/bad.h <<<'struct class;
int weir_bad(struct class *class);'
    flags 'include/weir/bad.h alone does not compile with: clang++-14' "$root/test/headers/run" .
    put include/weir/bad.h <<<'#define WEIR_NOBODY 1'
    flags 'WEIR_NOBODY is not used' "$root/test/headers/run" .
    put include/weir/bad.h <<<'#define NOT_OURS 1'
    flags 'NOT_OURS does not begin with WEIR_' "$root/test/headers/run" .
    rm include/weir/bad.h
    sed -i 's/weirplug/otherone/; s/0x77656972706c7567/0x1/' include/weir/handler.h
    sed -i 's/"weir_handler_plugin"/"weir_handler_plugins"/' include/weir/handler.h
    flags 'the symbol is the one the macro defines' "$root/test/headers/run" .
}

# symbols WORDS: standard input as a library whose header declares weir_open.
symbols() {
    put lib.c
    gcc -shared -fPIC -o lib.so lib.c
    if [ -n "$1" ]; then
        flags "$1" "$here/check_symbols" lib.so include
    else
        passes "$here/check_symbols" lib.so include
    fi
}

test_symbols() {
    tree
    put include/weir.h <<<'WEIR_API int weir_open(const char *name,
                             int mode);'
    symbols '' <<<'int weir_open(void) { return 0; }'
    symbols 'exports helper, which is not ours' <<<'int weir_open(void) { return 0; } int helper;'
    symbols 'promises weir_open' <<<'int weir_close(void) { return 0; }'
    symbols 'exports weir_close, which no public header' <<<'int weir_open; int weir_close;'
    symbols 'calls getenv' <<<'char *getenv(const char *); int weir_open(void) { return !getenv("A"); }'
}

test_format() {
    tree
    cp "$root/.clang-format" .
    printf 'int f( void ){return 1;}\n' | put bad.c
    flags 'code should be clang-formatted' "$here/check_format" bad.c
    printf 'int f(void)\n{\n    return 1;\n}\n' | put good.c
    passes "$here/check_format" good.c
    flags 'gone.c' "$here/check_format" gone.c
}

test_shell() {
    tree
    # shellcheck disable=SC2016  # the violation is meant literally
    printf '#!/bin/bash\nrm $1\n' | put bad.sh
    flags 'SC2086' "$here/check_shell" bad.sh
    # shellcheck disable=SC2016
    printf '#!/bin/bash\nrm "$1"\n' | put good.sh
    passes "$here/check_shell" good.sh
}

# compile_commands PATH: as if the build knew that file.
compile_commands() {
    printf '[{"directory": "%s/build/x", "command": "gcc -Wall -o x.o -c %s/%s", "file": "%s/%s"}]' \
        "$PWD" "$PWD" "$1" "$PWD" "$1" | put build/x/compile_commands.json
}

# slow KIND WORDS PATH: standard input at PATH, twice when it is sound: the second time from memory.
slow() {
    tree
    cp "$root/.clang-tidy" .
    put "$3"
    compile_commands "$3"
    if [ -n "$2" ]; then
        flags "$2" "$here/check_cached.py" "$1" build/x
        flags "$2" "$here/check_cached.py" "$1" build/x
        return
    fi
    passes "$here/check_cached.py" "$1" build/x
    passes grep -q '1 files, 0 looked at' <("$here/check_cached.py" "$1" build/x 2>&1)
    printf '#define CHANGED\n' >>"$3"
    passes grep -q '1 files, 1 looked at' <("$here/check_cached.py" "$1" build/x 2>&1)
}

test_slow_checkers() {
    slow tidy 'bugprone-sizeof-expression' framework/x.c <<'C'
unsigned long f(const int *a);
unsigned long f(const int *a)
{
    return sizeof(a) / sizeof(a[0]);
}
C
    slow tidy 'readability-braces-around-statements' framework/x.c <<'C'
int f(int a);
int f(int a)
{
    if (a)
        return 1;
    return 2;
}
C
    slow tidy 'clang-analyzer-core.NullDereference' framework/x.c <<'C'
int f(int a);
int f(int a)
{
    int *b = a > 0 ? &a : 0;
    return *b;
}
C
    slow tidy '' framework/x.c <<<'int weir_fine;'
    slow analyzer 'double-free' framework/x.c <<'C'
#include <stdlib.h>
void f(void *a);
void f(void *a)
{
    free(a);
    free(a);
}
C
    slow analyzer '' framework/x.c <<<'int weir_fine;'
}

test_layers
test_shape_sizes
test_shape_words
test_headers
test_symbols
test_format
test_shell
test_slow_checkers
# again.py: a second attempt is for what was late, and for nothing else.
# late NAME MESSAGE: a build folder in which that test failed so.
late() {
    tree
    mkdir -p Testing/Temporary
    put Testing/Temporary/LastTestsFailed.log <<<"7:$1"
    put Testing/Temporary/LastTest.log <<EOF
"$1" start time: now
Output:
50%: Checks: 2, Failures: 1, Errors: 0
/tree/test.c:104:F:suite:name:0: $2
<end of output>
"$1" end time: now
EOF
}
# says WORDS COMMAND...: it must print exactly that.
says() {
    local words=$1
    shift
    passes test "$("$@")" = "$words"
}
late integration.x '/tree/a.c:1: did not come true in time: ready'
says '^(integration\.x)$' python3 "$root/test/again.py" .
late integration.x 'the group broke its promises: 1 lost'
says '' python3 "$root/test/again.py" .
late unit.x '/tree/a.c:1: did not come true in time: ready'
says '' python3 "$root/test/again.py" .
late integration.x '/tree/a.c:1: did not come true in time: ready'
put Testing/Temporary/LastTestsFailed.log < <(printf '7:integration.x\n8:unit.y\n')
says '' python3 "$root/test/again.py" .
late integration.x '/tree/a.c:1: did not come true in time: ready'
put Testing/Temporary/LastTest.log </dev/null
says '' python3 "$root/test/again.py" .

printf 'selftest: %d cases, %d wrong\n' $cases $wrong
[ $wrong -eq 0 ]
