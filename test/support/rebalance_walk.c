#include "test/support/rebalance_walk.h"

#include "test/support/rebalance_walk_look.h"
#include <string.h>

enum { STEPS = 300 };

static uint64_t dice(struct rebalance_walk *walk, uint64_t sides)
{
    return weir_random_below(&walk->random, sides);
}

static struct tenure_facts *facts_of(struct rebalance_walk *walk, const struct weir_tenure *tenure)
{
    return &walk->facts[tenure - walk->tenures];
}

static int number_of(const struct rebalance_walk *walk, const struct weir_tenure *tenure)
{
    return (int)(tenure - walk->tenures);
}

/* What it asks for. */

static void on_drain(struct weir_tenure *tenure, void *user)
{
    struct rebalance_walk *walk = user;
    struct tenure_facts *facts = facts_of(walk, tenure);

    if (!facts->ours || !facts->named || facts->closed || ++facts->drains > 1) {
        rebalance_walk_break(walk, "touch: %d is drained", number_of(walk, tenure));
    }
    facts->heard_by = weir_time_after_ms(walk->now, WEIR_REBALANCE_ANSWER_MS);
}

static void on_overdue(struct weir_tenure *tenure, void *user)
{
    struct rebalance_walk *walk = user;
    struct tenure_facts *facts = facts_of(walk, tenure);

    facts->overdue++;
    if (!tenure_waits(facts) || facts->idle) {
        rebalance_walk_break(walk, "overdue: %d is not", number_of(walk, tenure));
    }
    if (walk->phase != WEIR_REBALANCE_FINISH || walk->now < walk->deadline) {
        rebalance_walk_break(walk, "overdue: %d has time left", number_of(walk, tenure));
    }
    if (tenure_is_unheard(facts) && walk->now < facts->heard_by) {
        rebalance_walk_break(walk, "overdue: %d had no time to say a word",
                             number_of(walk, tenure));
    }
}

static void check_finished(struct rebalance_walk *walk, int index)
{
    const struct tenure_facts *facts = &walk->facts[index];

    if (tenure_runs(facts) && walk->now < walk->deadline) {
        rebalance_walk_break(walk, "wait: commits before %d is idle", index);
    }
    if (tenure_is_unheard(facts) && walk->now < walk->word_by) {
        rebalance_walk_break(walk, "wait: commits before %d was heard", index);
    }
    if (tenure_runs(facts) && facts->overdue == 0) {
        rebalance_walk_break(walk, "overdue: nobody said it of %d", index);
    }
}

static void on_commit(void *user)
{
    struct rebalance_walk *walk = user;
    bool late = false;
    bool unheard = false;

    if (walk->phase != WEIR_REBALANCE_FINISH) {
        rebalance_walk_break(walk, "phase: a commit is asked for in %d", (int)walk->phase);
    }
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        check_finished(walk, i);
        late = late || tenure_runs(&walk->facts[i]);
        unheard = unheard || tenure_is_unheard(&walk->facts[i]);
    }
    walk->given_up += late && !unheard ? 1 : 0;
    walk->never_heard += unheard ? 1 : 0;
    walk->phase = WEIR_REBALANCE_COMMIT;
    walk->deadline = weir_time_after_ms(walk->now, WEIR_REBALANCE_COMMIT_MS);
}

/* Nothing may end before every watermark is acknowledged or it took too long. */
static void check_over(struct rebalance_walk *walk, const char *what)
{
    bool late = walk->now >= walk->deadline;

    if (walk->phase == WEIR_REBALANCE_FINISH) {
        rebalance_walk_break(walk, "wait: %s before the commit", what);
    }
    for (int i = 0; walk->phase == WEIR_REBALANCE_COMMIT && i < REBALANCE_TENURES; i++) {
        if (tenure_waits(&walk->facts[i]) && !walk->facts[i].clean && !late) {
            rebalance_walk_break(walk, "wait: %s before %d is clean", what, i);
        }
    }
}

static void on_answer(void *user)
{
    struct rebalance_walk *walk = user;

    check_over(walk, "answers");
    if (!walk->answer_due) {
        rebalance_walk_break(walk, "answer: nobody asked");
    }
    if (walk->now > walk->answer_by) {
        rebalance_walk_break(walk, "answer: too late");
    }
    walk->answer_due = false;
    walk->answers++;
}

static void on_close(struct weir_tenure *tenure, void *user)
{
    struct rebalance_walk *walk = user;
    struct tenure_facts *facts = facts_of(walk, tenure);

    if (!facts->ours || facts->closed || (!facts->named && !facts->losing)) {
        rebalance_walk_break(walk, "touch: %d is closed", number_of(walk, tenure));
    }
    if (!facts->losing) {
        check_over(walk, "closes");
        if (walk->answer_due) {
            rebalance_walk_break(walk, "close: %d is closed before the answer",
                                 number_of(walk, tenure));
        }
    }
    facts->closed = true;
}

static void on_leave(void *user)
{
    struct rebalance_walk *walk = user;

    check_over(walk, "leaves");
    if (!walk->stopping || ++walk->left > 1) {
        rebalance_walk_break(walk, "leave: not asked for, or twice");
    }
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        if (tenure_waits(&walk->facts[i])) {
            rebalance_walk_break(walk, "leave: %d is not closed", i);
        }
    }
}

static const struct weir_rebalance_ops ops = {.drain = on_drain,
                                              .commit = on_commit,
                                              .close = on_close,
                                              .answer = on_answer,
                                              .leave = on_leave,
                                              .overdue = on_overdue};

/* What happens to it. */

static void begin_handing_back(struct rebalance_walk *walk)
{
    if (walk->phase != WEIR_REBALANCE_FINISH) {
        walk->phase = WEIR_REBALANCE_FINISH;
        walk->deadline = weir_time_after_ms(walk->now, walk->drain_ms);
        walk->word_by = WEIR_TIME_NEVER;
    } else if (walk->word_by != WEIR_TIME_NEVER) {
        walk->word_by = weir_time_after_ms(walk->now, WEIR_REBALANCE_ANSWER_MS);
    }
}

static void name(struct rebalance_walk *walk, int index)
{
    if (walk->facts[index].ours && !walk->facts[index].closed) {
        walk->facts[index].named = true;
        weir_rebalance_return(&walk->core, &walk->tenures[index]);
    }
}

static void revoke(struct rebalance_walk *walk)
{
    if (walk->answer_due) {
        return; /* one at a time */
    }
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        if (dice(walk, 2) == 0) {
            name(walk, i);
        }
    }
    walk->answer_due = true;
    walk->revocations++;
    begin_handing_back(walk);
    /* A stop amid the commit may begin the wait anew, once. */
    walk->answer_by = weir_time_after_ms(
        walk->now, 2 * (walk->drain_ms + WEIR_REBALANCE_ANSWER_MS + WEIR_REBALANCE_COMMIT_MS));
    weir_rebalance_revoke(&walk->core, walk->now);
}

static void stop(struct rebalance_walk *walk)
{
    if (walk->stopping) {
        weir_rebalance_stop(&walk->core, walk->now);
        return;
    }
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        name(walk, i);
    }
    walk->stopping = true;
    begin_handing_back(walk);
    weir_rebalance_stop(&walk->core, walk->now);
}

static void hurry(struct rebalance_walk *walk)
{
    walk->drain_ms = 0;
    if (walk->phase == WEIR_REBALANCE_FINISH) {
        walk->deadline = walk->now;
    }
    weir_rebalance_hurry(&walk->core, walk->now);
}

/* Those that are being handed back now. */
static void cut_short(struct rebalance_walk *walk)
{
    if (walk->phase == WEIR_REBALANCE_FINISH) {
        walk->deadline = walk->deadline < walk->now ? walk->deadline : walk->now;
    }
    weir_rebalance_cut_short(&walk->core, walk->now);
}

/* The store says that the group has moved on. */
static void refuse(struct rebalance_walk *walk)
{
    if (walk->phase == WEIR_REBALANCE_COMMIT && walk->answer_due) {
        walk->deadline = walk->now;
    }
    weir_rebalance_refused(&walk->core, &walk->tenures[0], walk->now);
}

static void open_one(struct rebalance_walk *walk, int index)
{
    struct tenure_facts *facts = &walk->facts[index];

    if (walk->stopping || (facts->ours && !facts->closed)) {
        return;
    }
    *facts = (struct tenure_facts){.ours = true, .clean = true};
    walk->tenures[index] = (struct weir_tenure){.state = WEIR_TENURE_OPEN, .clean = true};
}

static void lose(struct rebalance_walk *walk, int index)
{
    struct tenure_facts *facts = &walk->facts[index];

    if (facts->ours && !facts->closed) {
        facts->losing = true;
        weir_rebalance_lose(&walk->core, &walk->tenures[index], walk->now);
        facts->losing = false;
        if (!facts->closed) {
            rebalance_walk_break(walk, "lost: %d was not closed at once", index);
        }
    }
}

static void tick(struct rebalance_walk *walk, weir_time now)
{
    walk->now = now;
    weir_rebalance_tick(&walk->core, now);
}

/* Somebody else has it already. */
static void forgo(struct rebalance_walk *walk, int index)
{
    struct tenure_facts *facts = &walk->facts[index];

    if (tenure_waits(facts)) {
        facts->idle = true;
        facts->clean = true;
        weir_rebalance_forgo(&walk->tenures[index]);
        tick(walk, walk->now);
    }
}

static void say_drained(struct rebalance_walk *walk, int index)
{
    walk->facts[index].idle = walk->facts[index].idle || tenure_waits(&walk->facts[index]);
    weir_rebalance_drained(&walk->core, &walk->tenures[index], walk->now);
}

static void say_busy(struct rebalance_walk *walk, int index)
{
    walk->facts[index].busy = walk->facts[index].busy || tenure_waits(&walk->facts[index]);
    weir_rebalance_busy(&walk->core, &walk->tenures[index], walk->now);
}

static void say_clean(struct rebalance_walk *walk, int index, bool clean)
{
    walk->facts[index].clean = clean;
    weir_rebalance_clean(&walk->core, &walk->tenures[index], clean, walk->now);
}

static void pass_time(struct rebalance_walk *walk)
{
    weir_time due = weir_rebalance_due(&walk->core);
    weir_time later = walk->now + (weir_time)dice(walk, 2000) * WEIR_NS_PER_MS;

    tick(walk, due < later || (due != WEIR_TIME_NEVER && dice(walk, 8) == 0) ? due : later);
}

/* A share of them, those with the lowest numbers. */
static bool is_among(int index, uint32_t percent)
{
    return (uint64_t)index * 100 < (uint64_t)percent * REBALANCE_TENURES;
}

/* The words of fetchers and store come in any order, whether they were asked for or not. */
static void say_something(struct rebalance_walk *walk, int index)
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

static void step(struct rebalance_walk *walk)
{
    int index = (int)dice(walk, REBALANCE_TENURES);

    switch (dice(walk, 18)) {
    case 0:
        revoke(walk);
        break;
    case 1:
        if (dice(walk, 4) == 0) {
            lose(walk, index);
        } else if (dice(walk, 4) == 0) {
            forgo(walk, index);
        }
        break;
    case 2:
        if (dice(walk, 40) == 0) {
            stop(walk);
        }
        break;
    case 3:
        if (dice(walk, 60) == 0) {
            hurry(walk);
        } else if (dice(walk, 8) == 0) {
            cut_short(walk);
        } else if (dice(walk, 4) == 0) {
            refuse(walk);
        }
        break;
    case 4:
    case 5:
        open_one(walk, index);
        break;
    case 6:
    case 7:
    case 8:
        pass_time(walk);
        break;
    default:
        say_something(walk, index);
        break;
    }
    rebalance_walk_look(walk);
}

/* Everybody answers, then it stops: whatever was asked is answered, everything is closed. */
static void finish(struct rebalance_walk *walk)
{
    for (int i = 0; i < REBALANCE_TENURES && walk->broken[0] == '\0'; i++) {
        say_drained(walk, i);
        say_clean(walk, i, true);
        rebalance_walk_look(walk);
    }
    if (walk->answer_due) {
        rebalance_walk_break(walk, "answer: none came");
    }
    if (walk->broken[0] != '\0') {
        return;
    }
    stop(walk);
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        say_clean(walk, i, true);
        say_drained(walk, i);
    }
    rebalance_walk_look(walk);
    if (walk->left != 1 || walk->answers != walk->revocations) {
        rebalance_walk_break(walk, "end: left %u times, %u answers to %u revocations", walk->left,
                             walk->answers, walk->revocations);
    }
    for (int i = 0; i < REBALANCE_TENURES; i++) {
        if (walk->facts[i].ours && !walk->facts[i].closed) {
            rebalance_walk_break(walk, "end: %d was never closed", i);
        }
    }
}

const char *rebalance_walk_run(struct rebalance_walk *walk, uint64_t seed)
{
    static const int64_t patiences[] = {0, 1000, 30000};
    static const uint32_t slow[] = {0, 20, 60};
    static const uint32_t mute[] = {0, 0, 60};
    void (*sabotage)(struct rebalance_walk *) = walk->sabotage;

    memset(walk, 0, sizeof *walk);
    walk->sabotage = sabotage;
    walk->random.state = seed;
    walk->now = WEIR_NS_PER_MS;
    walk->deadline = WEIR_TIME_NEVER;
    walk->word_by = WEIR_TIME_NEVER;
    walk->drain_ms = patiences[dice(walk, 3)];
    walk->slow_percent = slow[dice(walk, 3)];
    walk->mute_percent = mute[dice(walk, 3)];
    weir_rebalance_init(&walk->core, &ops, walk, walk->drain_ms);
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
