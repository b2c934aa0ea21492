#include "test/support/singly_walk.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <weir/export.h>

enum { STEPS = 300 };

static uint64_t dice(struct singly_walk *walk, uint64_t sides)
{
    return weir_random_below(&walk->random, sides);
}

WEIR_PRINTF(2, 3) static void breaks(struct singly_walk *walk, const char *format, ...)
{
    va_list arguments;

    if (walk->broken[0] == '\0') {
        va_start(arguments, format);
        (void)vsnprintf(walk->broken, sizeof walk->broken, format, arguments);
        va_end(arguments);
    }
}

static struct singly_facts *facts_of(struct singly_walk *walk, const struct weir_tenure *tenure)
{
    return &walk->facts[tenure - walk->tenures];
}

static int number_of(const struct singly_walk *walk, const struct weir_tenure *tenure)
{
    return (int)(tenure - walk->tenures);
}

static bool waits(const struct singly_facts *facts)
{
    return facts->ours && facts->named && !facts->closed;
}

/* Handlers run, as far as anybody said. */
static bool runs(const struct singly_facts *facts)
{
    return waits(facts) && facts->stage == SINGLY_FINISH && !facts->idle;
}

/* What it asks for. */

static void on_drain(struct weir_tenure *tenure, void *user)
{
    struct singly_walk *walk = user;
    const struct singly_facts *facts = facts_of(walk, tenure);

    if (!waits(facts)) {
        breaks(walk, "touch: %d is drained", number_of(walk, tenure));
    }
}

static void on_overdue(struct weir_tenure *tenure, void *user)
{
    struct singly_walk *walk = user;
    struct singly_facts *facts = facts_of(walk, tenure);
    bool heard = facts->busy || walk->now >= facts->word_by;

    if (!runs(facts) || facts->overdue) {
        breaks(walk, "overdue: %d is not", number_of(walk, tenure));
    }
    if (walk->now < facts->handlers_by || !heard) {
        breaks(walk, "overdue: %d has time left", number_of(walk, tenure));
    }
    if (tenure->cut_short != facts->cut_short) {
        breaks(walk, "overdue: of %d nobody knows why", number_of(walk, tenure));
    }
    walk->given_up += facts->busy ? 1 : 0;
    walk->never_heard += facts->busy ? 0 : 1;
    facts->overdue = true;
}

static void on_commit(void *user)
{
    struct singly_walk *walk = user;
    bool any = false;

    for (int i = 0; i < SINGLY_TENURES; i++) {
        struct singly_facts *facts = &walk->facts[i];
        if (waits(facts) && facts->stage == SINGLY_FINISH && (facts->idle || facts->overdue)) {
            facts->stage = SINGLY_COMMIT;
            facts->commit_by = weir_time_after_ms(walk->now, WEIR_REBALANCE_COMMIT_MS);
            any = true;
        }
    }
    if (!any) {
        breaks(walk, "commit: of nothing");
    }
}

/* Whose commit came, or is not waited for any more. */
static void settle(struct singly_walk *walk)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        struct singly_facts *facts = &walk->facts[i];
        bool over = facts->clean || walk->now >= facts->commit_by;
        facts->settled = facts->settled || (waits(facts) && facts->stage == SINGLY_COMMIT && over);
    }
}

static void on_answer(void *user)
{
    struct singly_walk *walk = user;
    bool any = false;
    bool more = false;

    settle(walk);
    for (int i = 0; i < SINGLY_TENURES; i++) {
        struct singly_facts *facts = &walk->facts[i];
        bool done = walk->tenures[i].state == WEIR_TENURE_DONE && walk->tenures[i].revoked;
        more = more || (waits(facts) && !done);
        if (!done) {
            continue;
        }
        any = true;
        if (!waits(facts) || !facts->revoked || facts->answered) {
            breaks(walk, "answer: %d is not to be", i);
        }
        if (!facts->settled) {
            breaks(walk, "answer: %d is not committed", i);
        }
        facts->answered = true;
    }
    if (!any) {
        breaks(walk, "answer: to nothing");
    }
    walk->answers++;
    walk->parts += more ? 1 : 0;
}

static bool all_settled(const struct singly_walk *walk)
{
    bool all = true;

    for (int i = 0; i < SINGLY_TENURES; i++) {
        all = all && (!waits(&walk->facts[i]) || walk->facts[i].settled);
    }
    return all;
}

static void on_close(struct weir_tenure *tenure, void *user)
{
    struct singly_walk *walk = user;
    struct singly_facts *facts = facts_of(walk, tenure);

    settle(walk);
    bool right =
        facts->losing || (waits(facts) && (facts->revoked ? facts->answered : all_settled(walk)));
    if (!facts->ours || facts->closed || !right) {
        breaks(walk, "close: %d is not to be", number_of(walk, tenure));
    }
    facts->closed = true;
}

static void on_leave(void *user)
{
    struct singly_walk *walk = user;

    if (!walk->stopping || ++walk->left > 1) {
        breaks(walk, "leave: not asked for, or twice");
    }
    for (int i = 0; i < SINGLY_TENURES; i++) {
        if (waits(&walk->facts[i])) {
            breaks(walk, "leave: %d is not closed", i);
        }
    }
}

static const struct weir_rebalance_ops ops = {.drain = on_drain,
                                              .commit = on_commit,
                                              .close = on_close,
                                              .answer = on_answer,
                                              .leave = on_leave,
                                              .overdue = on_overdue};

/* What must be so after a tick. */

static weir_time due_of(const struct singly_walk *walk)
{
    weir_time due = WEIR_TIME_NEVER;

    for (int i = 0; i < SINGLY_TENURES; i++) {
        const struct singly_facts *facts = &walk->facts[i];
        bool hears = facts->word_by != WEIR_TIME_NEVER;
        weir_time at = facts->settled                  ? WEIR_TIME_NEVER
                       : facts->stage == SINGLY_COMMIT ? facts->commit_by
                       : hears                         ? facts->word_by
                                                       : facts->handlers_by;
        due = waits(facts) && at < due ? at : due;
    }
    return due;
}

static void check_untouched(struct singly_walk *walk, int index)
{
    const struct singly_facts *facts = &walk->facts[index];

    if (facts->ours && !facts->named && !facts->closed &&
        walk->tenures[index].state != WEIR_TENURE_OPEN) {
        breaks(walk, "touch: %d stays and was touched", index);
    }
}

static void check_progress(struct singly_walk *walk, int index)
{
    const struct singly_facts *facts = &walk->facts[index];
    bool over = facts->word_by != WEIR_TIME_NEVER && (facts->busy || walk->now >= facts->word_by);

    if (facts->stage == SINGLY_FINISH && (facts->idle || over)) {
        breaks(walk, "progress: %d is waited for", index);
    }
    if (facts->settled && facts->revoked) {
        breaks(walk, "progress: %d is settled and not answered", index);
    }
    if (facts->settled && walk->stopping && all_settled(walk)) {
        breaks(walk, "progress: all are settled, and it has not left");
    }
}

static void look(struct singly_walk *walk)
{
    settle(walk);
    for (int i = 0; i < SINGLY_TENURES; i++) {
        check_untouched(walk, i);
        if (waits(&walk->facts[i])) {
            check_progress(walk, i);
        }
    }
    if (weir_rebalance_due(&walk->core) != due_of(walk)) {
        breaks(walk, "due: not at the first deadline");
    }
}

/* What happens to it. */

/* Handlers have no time left: now their fetchers have theirs. */
static void begin_hearing(struct singly_walk *walk)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        struct singly_facts *facts = &walk->facts[i];
        if (runs(facts) && facts->word_by == WEIR_TIME_NEVER && walk->now >= facts->handlers_by) {
            facts->word_by = weir_time_after_ms(walk->now, WEIR_REBALANCE_ANSWER_MS);
        }
    }
}

static void name(struct singly_walk *walk, int index, bool revoked)
{
    struct singly_facts *facts = &walk->facts[index];

    if (!facts->ours || facts->closed) {
        return;
    }
    if (!facts->named) {
        facts->named = true;
        facts->handlers_by = weir_time_after_ms(walk->now, walk->drain_ms);
    }
    facts->revoked = facts->revoked || revoked;
    walk->tenures[index].revoked = facts->revoked;
    weir_rebalance_return(&walk->core, &walk->tenures[index]);
}

static void revoke(struct singly_walk *walk)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        if (dice(walk, 3) == 0) {
            name(walk, i, true);
        }
    }
    begin_hearing(walk);
    weir_rebalance_revoke(&walk->core, walk->now);
}

static void stop(struct singly_walk *walk)
{
    for (int i = 0; i < SINGLY_TENURES && !walk->stopping; i++) {
        name(walk, i, false);
    }
    walk->stopping = true;
    begin_hearing(walk);
    weir_rebalance_stop(&walk->core, walk->now);
}

static void end_patience(struct singly_walk *walk, bool cut_short)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        struct singly_facts *facts = &walk->facts[i];
        if (runs(facts) && facts->word_by == WEIR_TIME_NEVER) {
            facts->handlers_by = walk->now;
            facts->cut_short = facts->cut_short || cut_short;
        }
    }
    begin_hearing(walk);
}

static void hurry(struct singly_walk *walk)
{
    walk->drain_ms = 0;
    end_patience(walk, false);
    weir_rebalance_hurry(&walk->core, walk->now);
}

static void cut_short(struct singly_walk *walk)
{
    end_patience(walk, true);
    weir_rebalance_cut_short(&walk->core, walk->now);
}

static void refuse(struct singly_walk *walk, int index)
{
    struct singly_facts *facts = &walk->facts[index];

    if (facts->ours && waits(facts) && facts->stage == SINGLY_COMMIT) {
        facts->commit_by = walk->now;
    }
    weir_rebalance_refused(&walk->core, &walk->tenures[index], walk->now);
}

static void open_one(struct singly_walk *walk, int index)
{
    struct singly_facts *facts = &walk->facts[index];

    if (walk->stopping || (facts->ours && !facts->closed)) {
        return;
    }
    *facts = (struct singly_facts){.ours = true, .clean = true, .word_by = WEIR_TIME_NEVER};
    walk->tenures[index] = (struct weir_tenure){.state = WEIR_TENURE_OPEN, .clean = true};
}

static void lose(struct singly_walk *walk, int index)
{
    struct singly_facts *facts = &walk->facts[index];

    if (facts->ours && !facts->closed) {
        facts->losing = true;
        weir_rebalance_lose(&walk->core, &walk->tenures[index], walk->now);
        facts->losing = false;
        if (!facts->closed) {
            breaks(walk, "lost: %d was not closed at once", index);
        }
    }
}

static void say_drained(struct singly_walk *walk, int index)
{
    walk->facts[index].idle = walk->facts[index].idle || runs(&walk->facts[index]);
    weir_rebalance_drained(&walk->core, &walk->tenures[index], walk->now);
}

static void say_busy(struct singly_walk *walk, int index)
{
    walk->facts[index].busy = walk->facts[index].busy || runs(&walk->facts[index]);
    weir_rebalance_busy(&walk->core, &walk->tenures[index], walk->now);
}

static void say_clean(struct singly_walk *walk, int index, bool clean)
{
    walk->facts[index].clean = clean;
    weir_rebalance_clean(&walk->core, &walk->tenures[index], clean, walk->now);
}

static void tick(struct singly_walk *walk, weir_time now)
{
    walk->now = now;
    begin_hearing(walk);
    weir_rebalance_tick(&walk->core, now);
    look(walk);
}

static void pass_time(struct singly_walk *walk)
{
    weir_time due = weir_rebalance_due(&walk->core);
    weir_time later = walk->now + (weir_time)dice(walk, 2000) * WEIR_NS_PER_MS;

    due = due > walk->now ? due : walk->now; /* it may be of what has ended since */
    tick(walk, due < later || (due != WEIR_TIME_NEVER && dice(walk, 8) == 0) ? due : later);
}

/* A share of them, those with the lowest numbers. */
static bool is_among(int index, uint32_t percent)
{
    return (uint64_t)index * 100 < (uint64_t)percent * SINGLY_TENURES;
}

/* The words of fetchers and store come in any order, whether they were asked for or not. */
static void say_something(struct singly_walk *walk, int index)
{
    bool slow = is_among(index, walk->slow_percent);
    uint64_t what = dice(walk, 11);

    if (what < 3) {
        say_clean(walk, index, !slow && dice(walk, 3) > 0);
    } else if (what < 7 && !slow) {
        say_drained(walk, index);
    } else if (what >= 7 && !is_among(index, walk->mute_percent)) {
        say_busy(walk, index);
    }
}

static void do_rarely(struct singly_walk *walk, int index)
{
    uint64_t what = dice(walk, 60);

    if (what == 0) {
        hurry(walk);
    } else if (what == 1) {
        stop(walk);
    } else if (what < 10) {
        cut_short(walk);
    } else if (what < 25) {
        lose(walk, index);
    } else if (what < 45) {
        refuse(walk, index);
    }
}

static void step(struct singly_walk *walk)
{
    int index = (int)dice(walk, SINGLY_TENURES);
    uint64_t what = dice(walk, 18);

    if (what == 0) {
        revoke(walk);
    } else if (what < 3) {
        do_rarely(walk, index);
    } else if (what < 5) {
        open_one(walk, index);
    } else if (what < 8) {
        pass_time(walk);
    } else {
        say_something(walk, index);
    }
    if (dice(walk, 2) == 0) {
        tick(walk, walk->now);
    }
}

/* Everybody answers, then it stops: everything is closed. */
static void finish(struct singly_walk *walk)
{
    for (int i = 0; i < SINGLY_TENURES; i++) {
        say_drained(walk, i);
        say_clean(walk, i, true);
    }
    tick(walk, walk->now);
    stop(walk);
    for (int i = 0; i < SINGLY_TENURES; i++) {
        say_clean(walk, i, true);
        say_drained(walk, i);
    }
    tick(walk, walk->now);
    if (walk->left != 1) {
        breaks(walk, "end: left %u times", walk->left);
    }
    for (int i = 0; i < SINGLY_TENURES; i++) {
        if (walk->facts[i].ours && !walk->facts[i].closed) {
            breaks(walk, "end: %d was never closed", i);
        }
    }
}

const char *singly_walk_run(struct singly_walk *walk, uint64_t seed)
{
    static const int64_t patiences[] = {0, 1000, 30000};
    static const uint32_t slow[] = {0, 20, 60};
    static const uint32_t mute[] = {0, 0, 60};
    void (*sabotage)(struct singly_walk *) = walk->sabotage;

    memset(walk, 0, sizeof *walk);
    walk->sabotage = sabotage;
    walk->random.state = seed;
    walk->now = WEIR_NS_PER_MS;
    walk->drain_ms = patiences[dice(walk, 3)];
    walk->slow_percent = slow[dice(walk, 3)];
    walk->mute_percent = mute[dice(walk, 3)];
    weir_rebalance_init(&walk->core, &ops, walk, walk->drain_ms);
    walk->core.singly = true;
    for (int i = 0; i < STEPS && walk->broken[0] == '\0'; i++) {
        step(walk);
        if (walk->sabotage != NULL) {
            walk->sabotage(walk);
        }
    }
    if (walk->broken[0] == '\0') {
        finish(walk);
    }
    return walk->broken;
}
