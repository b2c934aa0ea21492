/* Does a rebalance machine that hands back one by one ask for the right things, whatever happens?
 */
#ifndef WEIR_TEST_SINGLY_WALK_H
#define WEIR_TEST_SINGLY_WALK_H

#include "framework/base/random.h"
#include "framework/rebalance.h"

/* As rebalance_walk.h, for a coordinator that takes partitions singly: revocations overlap, and
 * what each partition may expect is its own. */

enum { SINGLY_TENURES = 5, SINGLY_TEXT = 256 };

enum singly_stage { SINGLY_FINISH, SINGLY_COMMIT };

/* What the model knows of one tenure. */
struct singly_facts {
    bool ours;
    bool named; /* is being handed back */
    bool revoked;
    bool losing; /* right now */
    bool busy;   /* was said, before idle or after */
    bool idle;
    bool clean;
    bool cut_short;
    bool overdue;
    bool settled; /* clean, or too late for that */
    bool answered;
    bool closed; /* once, in this tenure */
    enum singly_stage stage;
    weir_time handlers_by;
    weir_time word_by; /* WEIR_TIME_NEVER: handlers still have time */
    weir_time commit_by;
};

struct singly_walk {
    struct weir_rebalance core;
    struct weir_tenure tenures[SINGLY_TENURES];
    struct singly_facts facts[SINGLY_TENURES];
    struct weir_random random;
    weir_time now;
    int64_t drain_ms;
    bool stopping;
    uint32_t left;
    uint32_t answers;
    uint32_t parts;       /* answers while something else was still being handed back */
    uint32_t given_up;    /* with handlers known to run */
    uint32_t never_heard; /* with a fetcher still silent */
    uint32_t slow_percent;
    uint32_t mute_percent;
    /* Breaks the machine after each event; NULL: nobody does. */
    void (*sabotage)(struct singly_walk *walk);
    char broken[SINGLY_TEXT]; /* the first broken rule; empty: none */
};

/* Returns the broken rule, or "". */
const char *singly_walk_run(struct singly_walk *walk, uint64_t seed);

#endif /* WEIR_TEST_SINGLY_WALK_H */
