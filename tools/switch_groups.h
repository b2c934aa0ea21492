/* Which groups does a verb of weir switch mean, and what does it do with them? */
#ifndef WEIR_TOOLS_SWITCH_GROUPS_H
#define WEIR_TOOLS_SWITCH_GROUPS_H

#include "tools/zoo_swap.h"
#include <weir/config.h>

/* One, or the two of a swap. Thread: one at a time. Memory: the heap, freed by close; zeroed is
 * empty. */
struct weir_switch_groups {
    struct weir_zoo_group *all[WEIR_SWAP_HALVES]; /* the second may be NULL */
};

struct weir_switch_act {
    weir_zoo_switch_fn *run;
    weir_zoo_swap_fn *swap; /* of two groups; NULL: one after the other */
};

/* The one with which this one exchanges its role; NULL: none. Borrowed from the configuration. */
const char *weir_switch_groups_peer(const struct weir_config *config, const char *group);
/* Why what is wished for does not go with the one or the two groups; NULL: it does. Static. */
const char *weir_switch_groups_refusal(const struct weir_config *config,
                                       const struct weir_switch_wish *wish, const char *peer);
/* The exit code, and it is said. `peer` may be NULL. */
int weir_switch_groups_open(const struct weir_config *config, const char *group, const char *peer,
                            struct weir_switch_groups *out);
int weir_switch_groups_run(const struct weir_switch_groups *groups,
                           const struct weir_switch_act *act, const struct weir_switch_wish *wish,
                           FILE *out);
void weir_switch_groups_close(struct weir_switch_groups *groups);

#endif /* WEIR_TOOLS_SWITCH_GROUPS_H */
