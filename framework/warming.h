/* What is a member about to own, and may it begin to fetch? */
#ifndef WEIR_FRAMEWORK_WARMING_H
#define WEIR_FRAMEWORK_WARMING_H

#include "framework/coordinator.h"
#include "framework/membership.h"
#include <stdbool.h>
#include <stdint.h>

/* Beside a membership, in a group whose members have colors: from the moment a switch to this
 * member's color is asked for, control is told of its share on paper, so that the first records are
 * here when the partitions are. The others are not told that the member is ready before control has
 * something of each, but for LIMIT at most: the old color works on meanwhile. What is of no use any
 * more (the share is another one, the switch is off, or done) is taken back. Claims nothing, and
 * speaks to nobody but control. Zeroed is one that does nothing.
 * Thread: control. Memory: none that lasts. */
enum { WEIR_WARMING_LIMIT_MS = 500 };

struct weir_warming {
    struct weir_membership *membership; /* NULL: it is not wanted; these two outlive it */
    const struct weir_coordinator_env *env;
    uint64_t view;   /* of the share that control was told of last; 0: of none */
    bool awaited;    /* control's answer to that */
    weir_time until; /* it is not awaited any longer */
};

/* Nothing is announced if env->prefill is NULL. */
void weir_warming_init(struct weir_warming *warming, struct weir_membership *membership,
                       const struct weir_coordinator_env *env);
/* After each step of the membership; `now` is the time of the steps. */
void weir_warming_serve(struct weir_warming *warming, weir_time now);
/* When serve is wanted at the latest. */
weir_time weir_warming_due(const struct weir_warming *warming);
/* The answer of control. */
void weir_warming_prefilled(struct weir_warming *warming);

#endif /* WEIR_FRAMEWORK_WARMING_H */
