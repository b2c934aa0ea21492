/* For how long is a process still waited for whose consumers come to their end? */
#ifndef WEIR_TOOLS_RUN_PATIENCE_H
#define WEIR_TOOLS_RUN_PATIENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/consumer.h>

/* From when all that have not ended stop, or were told to: one that is through leaves the others,
 * which go on, all the time that they want. Pure. Thread: one at a time. Memory: the caller's;
 * zeroed: nobody stops. */
struct weir_run_patience {
    int64_t since_ms; /* 0: somebody goes on */
};

/* `states` of those that have not ended, by now. */
void weir_run_patience_see(struct weir_run_patience *patience, const enum weir_state *states,
                           size_t count, bool told, int64_t now_ms);
/* Of `most_ms`; below 0: it is over. */
int64_t weir_run_patience_left_ms(const struct weir_run_patience *patience, int64_t most_ms,
                                  int64_t now_ms);

#endif /* WEIR_TOOLS_RUN_PATIENCE_H */
