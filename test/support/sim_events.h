/* What did a consumer say that it does, and in which order? */
#ifndef WEIR_TEST_SIM_EVENTS_H
#define WEIR_TEST_SIM_EVENTS_H

#include <stddef.h>
#include <stdint.h>
#include <weir/event.h>
#include <weir/export.h>

/* Keeps events apart by thread, with no lock between them: a lock here would order the engine's
 * threads for it, and the thread sanitizer would be blind. */
struct sim_events;

WEIR_MUST_CHECK struct sim_events *sim_events_create(void);
/* No thread says anything any more. */
void sim_events_destroy(struct sim_events *events);

/* The weir_event_fn; user is the struct sim_events. Thread: any. */
void sim_events_hear(const struct weir_event *event, void *events);
/* Thread: any. */
uint64_t sim_events_count(const struct sim_events *events, enum weir_event_kind kind);

/* The rest: once no thread says anything any more. As lines of an event stream, in the order of
 * time; the caller frees them. */
WEIR_MUST_CHECK char *sim_events_lines(const struct sim_events *events, const char *instance);

#endif /* WEIR_TEST_SIM_EVENTS_H */
