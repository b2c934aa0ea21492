/* How do the shells tell the world what happens? */
#ifndef WEIR_FRAMEWORK_REPORT_H
#define WEIR_FRAMEWORK_REPORT_H

#include "emitters/meters.h"
#include "framework/base/atomic.h"
#include "framework/base/clock.h"
#include "framework/base/limits.h"
#include "framework/base/log.h"
#include "framework/event_queue.h"
#include <stdbool.h>
#include <weir/consumer.h>

/* One per consumer: its log, its listener, its counters and meters. Thread: any. */
struct weir_report {
    struct weir_log log;
    struct weir_meters *meters;
    weir_event_fn *on_event;
    void *event_user;
    struct weir_event_queue *queue; /* NULL: nobody reads events */
    char before[WEIR_CACHE_LINE];   /* counters are written all the time, their neighbours read */
    struct weir_tally counters[WEIR_COUNTERS];
    char after[WEIR_CACHE_LINE];
};

/* Does anybody want to hear of such? Whoever prepares an event at a cost asks first. */
bool weir_report_listens(const struct weir_report *report, enum weir_event_kind kind);
/* Fills in size and, if it is 0, the time. */
void weir_report_event(struct weir_report *report, struct weir_event event);
/* Relaxed: counters order nothing. */
void weir_report_count(struct weir_report *report, enum weir_counter counter, uint64_t by);

#endif /* WEIR_FRAMEWORK_REPORT_H */
