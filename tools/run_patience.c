#include "tools/run_patience.h"

#include <assert.h>

void weir_run_patience_see(struct weir_run_patience *patience, const enum weir_state *states,
                           size_t count, bool told, int64_t now_ms)
{
    bool goes_on = false;

    assert(now_ms > 0);
    for (size_t i = 0; i < count; i++) {
        goes_on = goes_on || states[i] == WEIR_STATE_CREATED || states[i] == WEIR_STATE_RUNNING;
    }
    if (goes_on && !told) {
        patience->since_ms = 0;
    } else if (patience->since_ms == 0) {
        patience->since_ms = now_ms;
    }
}

int64_t weir_run_patience_left_ms(const struct weir_run_patience *patience, int64_t most_ms,
                                  int64_t now_ms)
{
    return patience->since_ms == 0 ? most_ms : most_ms - (now_ms - patience->since_ms);
}
