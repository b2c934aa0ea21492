/* How do the consumers of one process come to their end? */
#ifndef WEIR_TOOLS_RUN_END_H
#define WEIR_TOOLS_RUN_END_H

#include "tools/event_stream.h"
#include "tools/stop_signal.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/consumer.h>

/* Those of two groups whose roles are exchanged, or one. They stop together: when somebody asks for
 * it, and when one of them has failed, or left something unfinished. Thread: main. */
enum { WEIR_RUN_SEATS = 2, WEIR_RUN_RECORD_FAILED = 1 };

struct weir_run_seat {
    struct weir_consumer *consumer;
    struct weir_event_stream *events; /* NULL: none */
    bool begun;                       /* they say so: they are to say that it is over, too */
};

struct weir_run_end {
    struct weir_run_seat seats[WEIR_RUN_SEATS];
    size_t count;
    struct weir_signals signals;
    int64_t stop_ms_max; /* that all of it may take, once none goes on (run_patience.h) */
    bool until_end;
    weir_log_fn *log; /* for what is said of the signal */
};

/* Waits for the end of each, frees them, and returns the exit code: the worse one. Does not return
 * when something has to be left behind: that may still write events, and must not meet the
 * program's own end. */
int weir_run_to_end(struct weir_run_end *end);
/* Likewise at once, of a process that has failed so before all had begun; NULL is no consumer. */
int weir_run_give_up(struct weir_run_end *end, int code);
/* Says how many event lines are missing, if any are. NULL is accepted. */
void weir_run_complain_lost(const struct weir_event_stream *events);

#endif /* WEIR_TOOLS_RUN_END_H */
