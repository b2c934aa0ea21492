/* Does a strategy keep its promises on a random group? */
#ifndef WEIR_TEST_STRATEGY_JUDGE_H
#define WEIR_TEST_STRATEGY_JUDGE_H

#include <stdint.h>
#include <weir/plan.h>

#include "test/support/group.h"

/* What came of asking about a group. */
struct asked {
    const struct group *group;
    int owners[GROUP_TOPICS_MAX][GROUP_PARTITIONS_MAX];
    int loads[GROUP_MEMBERS_MAX];
    int moves;
};

/* The flaw, or NULL. */
typedef const char *strategy_judge_fn(const struct asked *asked);

strategy_judge_fn strategy_judge_range;
strategy_judge_fn strategy_judge_turns;
strategy_judge_fn strategy_judge_sticky;
/* Would fewer moves do for loads as even? Sticky is known to miss it by one in one of 80,000. */
strategy_judge_fn strategy_judge_fewest;

/* Asks about the group of that seed, told in two orders, and again about what was answered. The
 * first flaw, or NULL: what all strategies promise, then the special one. */
const char *strategy_judge(const struct weir_strategy *strategy, strategy_judge_fn *special,
                           uint64_t seed);
/* The same for a strategy that goes by what members name. */
const char *strategy_judge_named(const struct weir_strategy *strategy, uint64_t seed);

#endif /* WEIR_TEST_STRATEGY_JUDGE_H */
