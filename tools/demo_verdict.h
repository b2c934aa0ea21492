/* Did the demonstration keep what it promises? */
#ifndef WEIR_TOOLS_DEMO_VERDICT_H
#define WEIR_TOOLS_DEMO_VERDICT_H

#include "tools/demo_ledger.h"
#include <stdio.h>

struct demo_latency {
    uint64_t orders;
    double p50_ms;
    double p99_ms;
    double max_ms;
};

struct demo_verdict {
    bool interrupted;     /* orders that still wait are no fault then */
    bool late;            /* it was given up, what was waited for did not come */
    uint64_t lost;        /* acknowledged, not handled, and nobody will get them again */
    uint64_t waiting;     /* acknowledged, not handled, not committed either */
    uint32_t committed;   /* partitions whose committed offset is their end */
    bool committed_known; /* the cluster was asked */
    double rate;          /* orders handled per second, from the first to the last */
    struct demo_latency all;
    struct demo_latency undisturbed; /* orders that no rebalance held up */
    double seconds;
    uint64_t seed;
};

/* `committed`: what the cluster says, NULL when it could not be asked. WEIR_ERR_NOMEM. */
WEIR_MUST_CHECK enum weir_status demo_verdict_reach(const struct demo_orders *orders,
                                                    const struct demo_group *group,
                                                    const int64_t *committed,
                                                    struct demo_verdict *out);
bool demo_verdict_holds(const struct demo_verdict *verdict, const struct demo_orders *orders,
                        const struct demo_group *group);

/* Of two colors. From the last handler of the one to the first of the other, over the partitions.
 */
void demo_verdict_gaps(const struct demo_group *group, const struct demo_rebalance *rebalance,
                       struct demo_latency *out);
/* At most so many orders may come again that the killed member had. */
uint32_t demo_verdict_bound(const struct demo_group *group);

void demo_verdict_print(FILE *out, const struct demo_verdict *verdict,
                        const struct demo_picture *picture, const struct demo_orders *orders);

#endif /* WEIR_TOOLS_DEMO_VERDICT_H */
