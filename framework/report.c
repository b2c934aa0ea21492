#include "framework/report.h"

#include <assert.h>
#include <stddef.h>

static const char *const event_names[] = {
#define EVENT_NAME(id, name, sentence) [id] = (name),
    WEIR_EVENT_TABLE(EVENT_NAME)
#undef EVENT_NAME
};

static const char *const counter_names[] = {
#define COUNTER_NAME(id, name, unit, sentence) [id] = (name),
    WEIR_COUNTER_TABLE(COUNTER_NAME)
#undef COUNTER_NAME
};

const char *weir_event_name(enum weir_event_kind kind)
{
    return (unsigned)kind < WEIR_EVENT_KINDS ? event_names[kind] : "unknown";
}

const char *weir_counter_name(enum weir_counter counter)
{
    return (unsigned)counter < WEIR_COUNTERS ? counter_names[counter] : "unknown";
}

static bool is_read(const struct weir_report *report, enum weir_event_kind kind)
{
    return report->queue != NULL && weir_event_queue_wants(report->queue, kind);
}

bool weir_report_listens(const struct weir_report *report, enum weir_event_kind kind)
{
    return report->on_event != NULL || is_read(report, kind);
}

void weir_report_event(struct weir_report *report, struct weir_event event)
{
    if (!weir_report_listens(report, event.kind)) {
        return;
    }
    event.size = sizeof event;
    if (event.time_ns == 0) {
        event.time_ns = weir_clock_now();
    }
    if (report->on_event != NULL) {
        report->on_event(&event, report->event_user);
    }
    if (is_read(report, event.kind)) {
        weir_event_queue_put(report->queue, &event);
    }
}

void weir_report_count(struct weir_report *report, enum weir_counter counter, uint64_t by)
{
    assert((unsigned)counter < WEIR_COUNTERS);
    if (by > 0) {
        weir_tally_add(&report->counters[counter], by);
    }
}
