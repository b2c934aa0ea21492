/* How long does a partition take from its old owner to its new one, in messages? */
#ifndef WEIR_TEST_RELAY_H
#define WEIR_TEST_RELAY_H

#include "framework/membership.h"
#include "framework/switch.h"
#include <stdbool.h>
#include <stdint.h>

/* Two members on one simulated ZooKeeper in virtual time, of which one has partitions and the other
 * gets them. A message takes a hop, always, and nothing else takes any time but what a test gives
 * to handlers and to looking up where to begin. One at a time. Thread: the test's. */
enum {
    RELAY_HOP_MS = 10,
    RELAY_HOP_NS = RELAY_HOP_MS * WEIR_NS_PER_MS,
    RELAY_PLAYERS = 2,
    RELAY_PARTITIONS_MAX = 512,
    /* From a release that is sent: to the server; the watch that fires; a claim and its answer. */
    RELAY_HANDED_OVER = 4,
    /* The watch on what has changed fires, and it is read. */
    RELAY_HEARD = 3
};

struct relay_player {
    struct weir_membership member;
    bool running;
    bool given[RELAY_PARTITIONS_MAX];
    weir_time accept_at;                        /* 0: nothing is to be answered */
    weir_time release_at[RELAY_PARTITIONS_MAX]; /* 0: it is not handed back */
};

struct relay {
    struct relay_player players[RELAY_PLAYERS];
    uint32_t partitions;
    enum weir_switch_drain drain; /* of the switch */
    int64_t drain_ns;             /* of the first partition that is handed back, */
    int64_t stagger_ns;           /* and so much more of each further one */
    bool may_alarm;
    int64_t load_ns; /* to say where to begin */
    uint32_t assignments;
    uint32_t begun;
    weir_time revoked_at[RELAY_PARTITIONS_MAX];
    weir_time handed_back_at[RELAY_PARTITIONS_MAX];
    weir_time begun_at[RELAY_PARTITIONS_MAX];
};

extern struct relay relay;

/* Fixture. */
void relay_open(void);
void relay_close(void);

/* Until something happens. */
void relay_turn(void);
/* Everything that is under way comes to its end. */
void relay_rest(void);
/* So many partitions have begun at an owner since the last time. */
void relay_await_begun(uint32_t count);

/* The first has twice as many as are to move, and a second one comes. When it is divided. */
weir_time relay_join(uint32_t moving);
/* The first is blue and has all, the second green and stands by, and is to have it. When blue may
 * not own any more. */
weir_time relay_switch(uint32_t moving, enum weir_switch_mode mode);
/* The operator wants it back. */
void relay_undo(void);
enum weir_switch_step relay_step(void);

/* In hops: the slowest of those that moved, since then, and from its own release. */
int64_t relay_slowest_since(weir_time from);
int64_t relay_slowest_handover(void);

#endif /* WEIR_TEST_RELAY_H */
