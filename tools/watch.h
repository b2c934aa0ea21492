/* How is something shown again and again? */
#ifndef WEIR_TOOLS_WATCH_H
#define WEIR_TOOLS_WATCH_H

#include "tools/stop_signal.h"
#include <stdint.h>
#include <stdio.h>

/* Thread: main. */
struct weir_watch {
    int64_t interval_ms; /* 0: once */
    struct weir_signals signals;
    bool redraws; /* each block takes the place of the last */
    bool spaced;  /* an empty line parts it from the last */
};

/* Before any other thread is started. With an interval the first signal to stop is waited for, and
 * the second one cuts off (stop_signal.h). `people`: blocks are for them, and are drawn in place
 * where standard output is a terminal. False when no descriptor or thread is left. */
bool weir_watch_open(struct weir_watch *watch, int64_t interval_ms, bool people);
/* Prints one block; the exit code. */
typedef int weir_watch_fn(FILE *out, void *user);
/* The exit code of the only block, or of the first if that fails; or, once it was told to stop,
 * WEIR_EXIT_OK. A later block that fails is only missing. */
int weir_watch_run(const struct weir_watch *watch, weir_watch_fn *print, void *user);

#endif /* WEIR_TOOLS_WATCH_H */
