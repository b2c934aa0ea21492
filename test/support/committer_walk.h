/* Does a committer write what it must, whatever the store answers? */
#ifndef WEIR_TEST_COMMITTER_WALK_H
#define WEIR_TEST_COMMITTER_WALK_H

#include "framework/base/random.h"
#include "offsets/committer.h"

/* A random life of one committer, told by a seed: partitions come, move and go, requests are sent
 * when they are due and answered in part, not at all, or after everything changed. A naive model
 * beside it knows what must be sent and when. */

enum { COMMITTER_MEMBERS = 5, COMMITTER_TEXT = 256 };

/* What the model knows of one partition. */
struct commit_facts {
    bool member;
    bool in_request;
    bool late;   /* it came while a request was out, which may carry its last tenure */
    bool stored; /* its position is known to be in the store */
    int64_t watermark;
    int64_t acked;
    int64_t sent;
    int64_t in_store; /* what the virtual store holds */
};

struct committer_walk {
    struct weir_committer core;
    struct weir_commit commits[COMMITTER_MEMBERS];
    struct commit_facts facts[COMMITTER_MEMBERS];
    struct weir_random random;
    weir_time now;
    int64_t interval_ms;
    bool out;
    bool urgent;
    uint32_t failures; /* requests in a row */
    weir_time sent_at;
    weir_time not_before;
    weir_time refresh_at;
    uint32_t failure_percent;
    uint32_t requests;
    uint32_t refreshes;
    /* Breaks the machine before each step; NULL: nobody does. */
    void (*sabotage)(struct committer_walk *walk);
    char broken[COMMITTER_TEXT]; /* the first broken rule; empty: none */
};

/* Returns the broken rule, or "". */
const char *committer_walk_run(struct committer_walk *walk, uint64_t seed);

#endif /* WEIR_TEST_COMMITTER_WALK_H */
