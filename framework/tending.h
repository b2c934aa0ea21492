/* Which partitions of the topics that are there must be taken up or given up next? */
#ifndef WEIR_FRAMEWORK_TENDING_H
#define WEIR_FRAMEWORK_TENDING_H

#include "offsets/position.h"
#include <stddef.h>
#include <weir/status.h>
#include <weir/strategy.h>

/* For who has all partitions of some topics: what came, grew, was deleted or was created anew since
 * some were last taken up or given up. Zeroed is one without topics. Pure. Thread: control. */
struct weir_tending {
    struct weir_tended *topics; /* by name */
    size_t count;
    char *text; /* what their names point into */
};

/* What is there now, by name. WEIR_ERR_NOMEM: it stays as it was. */
WEIR_MUST_CHECK enum weir_status weir_tending_learn(struct weir_tending *tending,
                                                    const struct weir_strategy_topic *topics,
                                                    size_t count);

/* Partitions that are held and are not there any more, or are another topic's by now. The caller
 * frees *out, which is NULL if there are none; topics are borrowed until the next learn. */
WEIR_MUST_CHECK enum weir_status weir_tending_gone(const struct weir_tending *tending,
                                                   struct weir_position **out, size_t *count);
/* Those are held no more. */
void weir_tending_release(struct weir_tending *tending);

/* Partitions that are there and not held, in the same way; asked when nothing is gone. */
WEIR_MUST_CHECK enum weir_status weir_tending_new(const struct weir_tending *tending,
                                                  struct weir_position **out, size_t *count);
/* Those are held from now on. */
void weir_tending_hold(struct weir_tending *tending);

void weir_tending_fini(struct weir_tending *tending);

#endif /* WEIR_FRAMEWORK_TENDING_H */
