/* What do the parts of a troupe share? */
#ifndef WEIR_TEST_TROUPE_STATE_H
#define WEIR_TEST_TROUPE_STATE_H

#include "test/support/troupe.h"

#define TROUPE_GROUP "fleet"

extern const char *const troupe_topics[TROUPE_TOPICS];

/* On its way to the store. */
struct troupe_commit {
    struct troupe_commit *next;
    weir_time at;
    uint32_t topic;
    uint32_t partition;
    int32_t fence;
    unsigned from; /* who sent it, */
    unsigned life;
};

/* troupe_work.c: what its members do with what they have. */
extern const struct weir_membership_ops troupe_ops;
/* One step of time, to `limit` at most. */
void troupe_turn(weir_time limit);
bool troupe_is_paused(const struct troupe_actor *actor);
void troupe_check(void);
void troupe_send_commit(void);
void troupe_take_commits(void);
void troupe_accept(struct troupe_actor *actor);
void troupe_release(struct troupe_actor *actor);

#endif /* WEIR_TEST_TROUPE_STATE_H */
