/* Which strategies does weir bring along? */
#ifndef WEIR_STRATEGIES_BUILT_IN_H
#define WEIR_STRATEGIES_BUILT_IN_H

#include <weir/strategy.h>

/* Pure. Thread: any. Memory: the heap, for the call. docs/strategies.md says what they promise. */
extern const struct weir_strategy weir_strategy_range;
extern const struct weir_strategy weir_strategy_roundrobin;
extern const struct weir_strategy weir_strategy_sticky;
extern const struct weir_strategy weir_strategy_static;
/* Of the active color alone; inside, sticky or what the name says. */
extern const struct weir_strategy weir_strategy_bluegreen;
extern const struct weir_strategy weir_strategy_bluegreen_range;
extern const struct weir_strategy weir_strategy_bluegreen_roundrobin;
extern const struct weir_strategy weir_strategy_bluegreen_static;

#endif /* WEIR_STRATEGIES_BUILT_IN_H */
