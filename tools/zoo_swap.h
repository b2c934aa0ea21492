/* How does the command exchange the roles of two groups in ZooKeeper? */
#ifndef WEIR_TOOLS_ZOO_SWAP_H
#define WEIR_TOOLS_ZOO_SWAP_H

#include "tools/zoo_switch.h"
#include <stdio.h>

/* The group that is asked for, and the other one. A swap is a switch of each, asked for and taken
 * back in one transaction (framework/switch_pair.h): the first to wish->to, the second to
 * wish->peer_to. */
enum { WEIR_SWAP_HALVES = 2 };

/* As the verbs of zoo_switch.h; the exit code is the first that is not WEIR_EXIT_OK. Thread: one at
 * a time. */
typedef int weir_zoo_swap_fn(struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                             const struct weir_switch_wish *wish, FILE *out);

weir_zoo_swap_fn weir_zoo_swap_plan;
/* All that plan calls blocked is in its way, also what a switch of one group waits for: a swap
 * begins when both are ready. */
weir_zoo_swap_fn weir_zoo_swap_apply;
weir_zoo_swap_fn weir_zoo_swap_abort;
weir_zoo_swap_fn weir_zoo_swap_rollback;
/* A verb that looks at one group after the other. */
int weir_zoo_swap_each(weir_zoo_switch_fn *verb,
                       struct weir_zoo_group *const groups[WEIR_SWAP_HALVES],
                       const struct weir_switch_wish *wish, FILE *out);

#endif /* WEIR_TOOLS_ZOO_SWAP_H */
