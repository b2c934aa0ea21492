/* Who keeps what, when some members cannot take everything? */
#ifndef WEIR_STRATEGIES_STICKY_H
#define WEIR_STRATEGIES_STICKY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/strategy.h>

#include "strategies/subscribers.h"

/* Topics that few subscribe to come first: there is less choice. */
struct weir_sticky_choice {
    size_t subscribers;
    uint32_t topic;
};

/* How partitions lie among members while the sticky strategy divides them. A partition's home is
 * the member that has it and may keep it; it moves when it ends elsewhere. Pure. Thread: any.
 * Memory: the heap. */
struct weir_sticky {
    const struct weir_strategy_view *view;
    struct weir_subscribers subscribers;
    uint32_t *owners;                 /* borrowed: of each partition that somebody subscribes to */
    uint32_t *homes;                  /* of each partition, or WEIR_STRATEGY_NOBODY */
    uint32_t *loads;                  /* how many each member owns */
    struct weir_sticky_choice *order; /* topics that somebody subscribes to */
    size_t order_count;
    uint32_t *spare; /* of each member: the first of those it could give away; and the next one */
    uint32_t *next;  /* behind each partition. WEIR_STRATEGY_NOBODY ends them */
    /* Of each partition, in a round of Kafka's assignor, or WEIR_STRATEGY_NOBODY. */
    uint32_t *had;        /* who has it when the round begins, and perhaps may not keep it */
    uint32_t *came_from;  /* who it was first shifted away from */
    uint32_t *gone;       /* of each member: how many of the topic looked at came from it */
    uint32_t free_passes; /* in which a shift need not make loads more even */
};

/* Where everything lay a moment ago, to come back to. */
struct weir_sticky_picture {
    uint32_t *owners;
    uint32_t *loads;
};

/* How good it is: fewer moves first, then the more even loads. */
struct weir_sticky_value {
    size_t moves;
    uint64_t squares; /* of all loads, added up */
};

/* WEIR_ERR_NOMEM. Each partition lies with its home. Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status weir_sticky_init(const struct weir_strategy_view *view,
                                                  uint32_t *owners, struct weir_sticky *out);
void weir_sticky_fini(struct weir_sticky *sticky);

/* Takes the partition from its owner, if it has one. */
void weir_sticky_give(struct weir_sticky *sticky, size_t partition, uint32_t member);
/* The subscriber with the least; the first of several. Of a topic that has subscribers. */
uint32_t weir_sticky_least(const struct weir_sticky *sticky, size_t topic);
/* Would no single partition be better off with a member that has two or more less? */
bool weir_sticky_balanced(const struct weir_sticky *sticky);

/* WEIR_ERR_NOMEM. What came of it is the caller's to fini, also then. */
WEIR_MUST_CHECK enum weir_status weir_sticky_picture_init(const struct weir_sticky *sticky,
                                                          struct weir_sticky_picture *out);
void weir_sticky_picture_fini(struct weir_sticky_picture *picture);
void weir_sticky_picture_take(const struct weir_sticky *sticky, struct weir_sticky_picture *out);
void weir_sticky_picture_restore(const struct weir_sticky_picture *picture,
                                 struct weir_sticky *sticky);
struct weir_sticky_value weir_sticky_measure(const struct weir_sticky *sticky);
bool weir_sticky_better(struct weir_sticky_value one, struct weir_sticky_value other);

/* Gives every partition that can have an owner to somebody, and leaves it balanced: no more moves
 * than a group with Kafka's CooperativeStickyAssignor makes, neither those it begins with nor those
 * it comes to rest with, and loads as even as there. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_sticky_spread(struct weir_sticky *sticky);
/* Shifts one after another until it is balanced, then exchanges those of one topic that so come
 * home again. */
void weir_sticky_settle(struct weir_sticky *sticky);
/* Makes it as good as exchanges among members can, without more moves or less even loads: fewer
 * moves first. Balanced as before. Takes time with the cube of the members, so it ends after so
 * much work, at the same place each time, and leaves crowds alone. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status weir_sticky_refine(struct weir_sticky *sticky);

#endif /* WEIR_STRATEGIES_STICKY_H */
