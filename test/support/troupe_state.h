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
    int64_t offset;
};

/* troupe_work.c: what its members do with what they have. */
extern const struct weir_membership_ops troupe_ops;
extern const struct weir_membership_ops troupe_measuring_ops; /* and how they do */
/* One step of time, to `limit` at most. */
void troupe_turn(weir_time limit);
bool troupe_is_paused(const struct troupe_actor *actor);
void troupe_check(void);
void troupe_send_commit(void);
void troupe_take_commits(void);
void troupe_accept(struct troupe_actor *actor);
/* What is to be by now. False: nothing was. */
bool troupe_release(struct troupe_actor *actor);
/* The next one; WEIR_TIME_NEVER: none. */
weir_time troupe_release_due(const struct troupe_actor *actor);

/* troupe_colors.c: how they do, and what they hear of it. */
bool troupe_on_measure(struct weir_vitals_reading *out, void *actor);
void troupe_on_judged(const struct weir_switch *record, enum weir_switch_verdict verdict,
                      const char *why, void *actor);

/* troupe_stops.c: how far they are. */
int64_t troupe_position_of(const struct troupe_partition *work);
/* Is it where a stop offset lets the new color begin? Before it does. */
void troupe_check_start(const struct troupe_actor *actor, uint32_t topic, uint32_t partition);
void troupe_begin_at(struct troupe_actor *actor, uint32_t topic, uint32_t partition);
/* It is handed back from now on. */
void troupe_rest(struct troupe_actor *actor, uint32_t topic, uint32_t partition);
void troupe_on_halt(const struct weir_switch_stops *stops, void *actor);
/* Tells the member what is at its stop offset. */
void troupe_tell_halted(struct troupe_actor *actor);
/* When that will be. */
weir_time troupe_halt_due(const struct troupe_actor *actor);
/* Whatever it had is not handed over by itself any more. */
void troupe_excuse(const struct troupe_actor *actor);
/* A switch is asked for. */
void troupe_write_stops(const char *id);

#endif /* WEIR_TEST_TROUPE_STATE_H */
