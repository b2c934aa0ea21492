/* Which faults happen when, given the seed? */
#ifndef WEIR_TEST_SCHEDULE_H
#define WEIR_TEST_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/export.h>

#include "test/support/text.h"

/* The table of faults: identifier, name, who is hit, weight, shortest and longest in milliseconds
 * (0 and 0: over at once). What is killed or stopped starts again, what is paused goes on, a guest
 * leaves, the way heals. A pause is shorter than the members' session, a zombie's longer. */
#define SCHEDULE_FAULT_TABLE(X)                                                                    \
    X(FAULT_KILL, "kill", HIT_MEMBER, 4, 200, 4000)                                                \
    X(FAULT_STOP, "stop", HIT_MEMBER, 4, 200, 4000)                                                \
    X(FAULT_PAUSE, "pause", HIT_MEMBER, 3, 200, 1500)                                              \
    X(FAULT_ZOMBIE, "zombie", HIT_MEMBER, 3, 4000, 7000)                                           \
    X(FAULT_JOIN, "join", HIT_GUEST, 4, 1000, 8000)                                                \
    X(FAULT_BROKER_KILL, "kill", HIT_BROKER, 2, 500, 4000)                                         \
    X(FAULT_BROKER_PAUSE, "pause", HIT_BROKER, 2, 500, 8000)                                       \
    X(FAULT_BOUNCE, "bounce", HIT_ALL_BROKERS, 1, 0, 0)                                            \
    X(FAULT_CUT, "cut", HIT_EDGE, 3, 0, 0)                                                         \
    X(FAULT_HALF_CLOSE, "half-close", HIT_EDGE, 2, 0, 0)                                           \
    X(FAULT_SILENCE, "silence", HIT_EDGE, 2, 500, 6000)                                            \
    X(FAULT_REFUSE, "refuse", HIT_EDGE, 2, 500, 6000)                                              \
    X(FAULT_SLOW, "slow", HIT_EDGE, 2, 1000, 6000)                                                 \
    X(FAULT_GROW, "grow", HIT_TOPIC, 1, 0, 0)

enum schedule_hit { HIT_MEMBER, HIT_GUEST, HIT_BROKER, HIT_ALL_BROKERS, HIT_EDGE, HIT_TOPIC };

enum schedule_fault_kind {
#define SCHEDULE_FAULT_ENUM(id, name, hit, weight, shortest, longest) id,
    SCHEDULE_FAULT_TABLE(SCHEDULE_FAULT_ENUM)
#undef SCHEDULE_FAULT_ENUM
        SCHEDULE_FAULTS
};

enum { SCHEDULE_GUESTS = 2, SCHEDULE_GROWTH_MAX = 3 };

struct schedule_options {
    uint64_t seed;
    uint32_t duration_ms; /* the last fault is over by then */
    uint32_t members;     /* are there all the time */
    uint32_t brokers;
    bool members_only; /* brokers, and the ways to them, are left alone */
};

struct schedule_fault {
    enum schedule_fault_kind kind;
    uint32_t at_ms;
    uint32_t for_ms;
    uint32_t target; /* member or guest from 0, broker from 1; 0 for others */
};

/* One thing to do. Steps are in the order of time. */
struct schedule_step {
    const struct schedule_fault *fault;
    uint32_t at_ms;
    bool end; /* the fault is over; one that lasts no time has no such step */
};

/* A pure function of its options. Nothing is hit that is hit already; never more than one broker,
 * or the way to one, at a time. */
struct schedule;

WEIR_MUST_CHECK struct schedule *schedule_create(const struct schedule_options *options);
void schedule_destroy(struct schedule *schedule);

size_t schedule_count(const struct schedule *schedule); /* of faults */
const struct schedule_fault *schedule_fault(const struct schedule *schedule, size_t index);
size_t schedule_steps(const struct schedule *schedule);
struct schedule_step schedule_step(const struct schedule *schedule, size_t index);

enum schedule_hit schedule_hit(enum schedule_fault_kind kind);
/* "   1.250 s  member 2: kill for 800 ms", "   2.050 s  member 2: kill is over". */
void schedule_tell(const struct schedule_step *step, struct text *text);

#endif /* WEIR_TEST_SCHEDULE_H */
