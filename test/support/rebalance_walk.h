/* Does a rebalance machine ask for the right things in the right order, whatever happens? */
#ifndef WEIR_TEST_REBALANCE_WALK_H
#define WEIR_TEST_REBALANCE_WALK_H

#include "framework/base/random.h"
#include "framework/rebalance.h"

/* A random life of one machine, told by a seed: partitions come, are revoked and lost in sets,
 * their fetchers and the store answer in any order, late, or never; it may stop. What the machine
 * asks for is checked as it asks. */

enum { REBALANCE_TENURES = 5, REBALANCE_TEXT = 256 };

/* What the model knows of one tenure. */
struct tenure_facts {
    bool ours;
    bool named;  /* is being handed back */
    bool losing; /* right now */
    bool busy;   /* was said, before idle or after */
    bool idle;
    bool clean;
    bool closed;        /* once, in this tenure */
    weir_time heard_by; /* until then its fetcher may be silent */
    uint32_t drains;
    uint32_t overdue;
};

struct rebalance_walk {
    struct weir_rebalance core;
    struct weir_tenure tenures[REBALANCE_TENURES];
    struct tenure_facts facts[REBALANCE_TENURES];
    struct weir_random random;
    weir_time now;
    int64_t drain_ms;
    enum weir_rebalance_phase phase;
    weir_time deadline;
    weir_time word_by; /* in the finish phase, once the deadline passed */
    weir_time answer_by;
    bool answer_due;
    bool stopping;
    uint32_t left;
    uint32_t answers;
    uint32_t revocations;
    uint32_t given_up;     /* finish phases that ended with handlers known to run */
    uint32_t never_heard;  /* finish phases that ended with a fetcher still silent */
    uint32_t slow_percent; /* of tenures that do not drain or get clean for long */
    uint32_t mute_percent; /* of tenures that never say they are busy */
    /* Breaks the machine after each step; NULL: nobody does. */
    void (*sabotage)(struct rebalance_walk *walk);
    char broken[REBALANCE_TEXT]; /* the first broken rule; empty: none */
};

/* Returns the broken rule, or "". */
const char *rebalance_walk_run(struct rebalance_walk *walk, uint64_t seed);

#endif /* WEIR_TEST_REBALANCE_WALK_H */
