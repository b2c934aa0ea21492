/* Is a rebalance machine where its model says it is? */
#ifndef WEIR_TEST_REBALANCE_WALK_LOOK_H
#define WEIR_TEST_REBALANCE_WALK_LOOK_H

#include "test/support/rebalance_walk.h"
#include <weir/export.h>

/* For the walk's own parts. A rule is broken; only the first is kept. */
void rebalance_walk_break(struct rebalance_walk *walk, const char *format, ...) WEIR_PRINTF(2, 3);

/* It is being handed back; besides, its handlers run; besides, its fetcher said nothing. */
bool tenure_waits(const struct tenure_facts *facts);
bool tenure_runs(const struct tenure_facts *facts);
bool tenure_is_unheard(const struct tenure_facts *facts);

/* After every step. */
void rebalance_walk_look(struct rebalance_walk *walk);

#endif /* WEIR_TEST_REBALANCE_WALK_LOOK_H */
