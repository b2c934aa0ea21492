/* How does the demonstration go, from the first member to the summary? */
#ifndef WEIR_TOOLS_DEMO_RUN_H
#define WEIR_TOOLS_DEMO_RUN_H

#include "tools/demo_plan.h"

enum { DEMO_EXIT_BROKEN = 1 };

/* Returns the exit code: 0 when the claim holds, DEMO_EXIT_BROKEN when not. Thread: the main one,
 * before any other; it takes the signals. */
int demo_run(const struct demo_plan *plan);

#endif /* WEIR_TOOLS_DEMO_RUN_H */
