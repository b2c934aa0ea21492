#include "test/support/rebalance_walk_look.h"

#include <stdarg.h>
#include <stdio.h>

void rebalance_walk_break(struct rebalance_walk *walk, const char *format, ...)
{
    va_list arguments;

    if (walk->broken[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(walk->broken, sizeof walk->broken, format, arguments);
        va_end(arguments);
    }
}

bool tenure_waits(const struct tenure_facts *facts)
{
    return facts->ours && facts->named && !facts->closed;
}

bool tenure_runs(const struct tenure_facts *facts)
{
    return tenure_waits(facts) && !facts->idle;
}

bool tenure_is_unheard(const struct tenure_facts *facts)
{
    return tenure_runs(facts) && !facts->busy;
}

static weir_time due_of(const struct rebalance_walk *walk)
{
    bool for_word = walk->phase == WEIR_REBALANCE_FINISH && walk->word_by != WEIR_TIME_NEVER;

    return for_word ? walk->word_by : walk->deadline;
}

/* Handlers have no time left: now their fetchers have theirs. */
static void begin_hearing(struct rebalance_walk *walk)
{
    if (walk->phase == WEIR_REBALANCE_FINISH && walk->word_by == WEIR_TIME_NEVER &&
        walk->now >= walk->deadline) {
        walk->word_by = weir_time_after_ms(walk->now, WEIR_REBALANCE_ANSWER_MS);
    }
}

static void check_progress(struct rebalance_walk *walk, bool idle, bool heard, bool clean)
{
    bool finishes = walk->phase == WEIR_REBALANCE_FINISH;

    if (finishes && idle) {
        rebalance_walk_break(walk, "progress: all are idle");
    }
    if (finishes && heard && walk->now >= walk->deadline) {
        rebalance_walk_break(walk, "progress: the deadline passed and all were heard");
    }
    if (walk->phase == WEIR_REBALANCE_COMMIT && clean) {
        rebalance_walk_break(walk, "progress: all are clean");
    }
    if (walk->phase != WEIR_REBALANCE_QUIET && walk->now >= due_of(walk)) {
        rebalance_walk_break(walk, "progress: the deadline passed");
    }
}

static void check_untouched(struct rebalance_walk *walk)
{
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        const struct tenure_facts *facts = &walk->facts[i];
        if (facts->ours && !facts->named && !facts->closed &&
            walk->tenures[i].state != WEIR_TENURE_OPEN) {
            rebalance_walk_break(walk, "touch: %d stays and was touched", i);
        }
    }
}

void rebalance_walk_look(struct rebalance_walk *walk)
{
    bool waiting = false;
    bool idle = true;
    bool heard = true;
    bool clean = true;

    for (int i = 0; i < REBALANCE_TENURES; i++) {
        const struct tenure_facts *facts = &walk->facts[i];
        waiting = waiting || tenure_waits(facts);
        idle = idle && !tenure_runs(facts);
        heard = heard && !tenure_is_unheard(facts);
        clean = clean && (!tenure_waits(facts) || facts->clean);
    }
    check_untouched(walk);
    if (!waiting && !walk->answer_due && walk->left == (walk->stopping ? 1U : 0U)) {
        walk->phase = WEIR_REBALANCE_QUIET;
        walk->deadline = WEIR_TIME_NEVER;
    }
    begin_hearing(walk);
    if (weir_rebalance_due(&walk->core) != due_of(walk)) {
        rebalance_walk_break(walk, "due: not at the deadline of the phase");
    }
    check_progress(walk, idle, heard, clean);
}
