/* What is the least that divides partitions well, for tests of those who obey? */
#ifndef WEIR_TEST_TINY_STRATEGY_H
#define WEIR_TEST_TINY_STRATEGY_H

#include <weir/strategy.h>

/* Everybody has as many as any other, or one more; who had a partition keeps it if that can be.
 * Up to 64 members. */
extern const struct weir_strategy tiny_strategy;
/* The same under another name. */
extern const struct weir_strategy tiny_strategy_renamed;

#endif /* WEIR_TEST_TINY_STRATEGY_H */
