/* How few moves would do? */
#ifndef WEIR_TEST_FEWEST_H
#define WEIR_TEST_FEWEST_H

#include "test/support/group.h"

/* Of every answer for the group that is balanced (nobody has two more than who could take one of
 * its partitions) and as even (the squares of the loads add up to no more): the moves of the one
 * that makes the fewest, or `known` when none makes less. Tries all loads that could be. */
int fewest_moves(const struct group *group, int squares_max, int known);

#endif /* WEIR_TEST_FEWEST_H */
