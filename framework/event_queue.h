/* Which events were not read yet? */
#ifndef WEIR_FRAMEWORK_EVENT_QUEUE_H
#define WEIR_FRAMEWORK_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/event.h>

/* Copies of events, of so many bytes at most, oldest first, and a descriptor that is readable while
 * there is one. Whoever puts never waits: to make room the oldest are dropped and counted. Thread:
 * any. */
struct weir_event_queue;

/* `kinds`: bits 1 << kind, 0 for all. WEIR_ERR_NOMEM, WEIR_ERR_IO when no descriptor is left. */
WEIR_MUST_CHECK enum weir_status weir_event_queue_create(size_t bytes, uint64_t kinds,
                                                         struct weir_event_queue **out);
/* Accepts NULL. What was taken stays its taker's. */
void weir_event_queue_destroy(struct weir_event_queue *queue);

bool weir_event_queue_wants(const struct weir_event_queue *queue, enum weir_event_kind kind);
/* Without memory, or larger than all there is room for, the event itself is dropped. */
void weir_event_queue_put(struct weir_event_queue *queue, const struct weir_event *event);
/* WEIR_ERR_NOT_FOUND: there is none. WEIR_ERR_NOMEM: nothing changed. */
WEIR_MUST_CHECK enum weir_status weir_event_queue_take(struct weir_event_queue *queue,
                                                       struct weir_event **out);
int weir_event_queue_fd(const struct weir_event_queue *queue);

#endif /* WEIR_FRAMEWORK_EVENT_QUEUE_H */
