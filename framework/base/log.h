/* How do the shells say a line to the operator? */
#ifndef WEIR_BASE_LOG_H
#define WEIR_BASE_LOG_H

#include "framework/base/clock.h"
#include "framework/base/mutex.h"
#include <stdint.h>
#include <weir/consumer.h>

enum weir_log_level {
    WEIR_LOG_ALWAYS = -1, /* for weir_log_data alone: whatever the log's level; said as info */
    WEIR_LOG_ERROR = 3,
    WEIR_LOG_WARNING = 4,
    WEIR_LOG_INFO = 6,
    WEIR_LOG_DEBUG = 7
};

enum {
    WEIR_LOG_TEXT_SIZE = 1024,
    WEIR_LOG_DATA_SIZE = 2048, /* with it a line stays below PIPE_BUF: lines do not mix */
    WEIR_LOG_BURST = 50,
    WEIR_LOG_REFILL_MS = 200
};

/* One per consumer. A token bucket (a burst of WEIR_LOG_BURST lines, then one per
 * WEIR_LOG_REFILL_MS) keeps an outage from filling a disk; what was left out is counted and said
 * with the next line. Errors that end the consumer are never left out: they use weir_log_always. */
struct weir_log {
    struct weir_mutex mutex;
    int level;
    weir_log_fn *sink;
    void *sink_user;
    uint32_t tokens;
    uint64_t left_out;
    weir_time refilled;
};

void weir_log_init(struct weir_log *log, int level, weir_log_fn *sink, void *sink_user);
/* Says what was left out and not said yet. */
void weir_log_fini(struct weir_log *log);
/* "error", "warning", "info" or "debug". Anything else is info. */
int weir_log_level_parse(const char *name);

/* Thread: any. The sink is called under the log's own lock: one line at a time. */
void weir_log(struct weir_log *log, int level, const char *tag, const char *format, ...)
    WEIR_PRINTF(4, 5);
void weir_log_always(struct weir_log *log, int level, const char *tag, const char *format, ...)
    WEIR_PRINTF(4, 5);
/* A line with numbers in it, which machines get as a JSON object. Of these there are as many as
 * there are: they are never left out. */
void weir_log_data(struct weir_log *log, int level, const char *tag, const char *text,
                   const char *data);

#endif /* WEIR_BASE_LOG_H */
