/* Who subscribes to a topic? */
#ifndef WEIR_STRATEGIES_SUBSCRIBERS_H
#define WEIR_STRATEGIES_SUBSCRIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <weir/strategy.h>

/* A view's subscriptions the other way round. Thread: any. Memory: the heap. */
struct weir_subscribers {
    size_t *first;     /* of each topic in `members`, and one behind the last */
    uint32_t *members; /* by topic; within one ascending */
};

/* WEIR_ERR_NOMEM. Fini accepts zeroed memory. */
WEIR_MUST_CHECK enum weir_status weir_subscribers_init(const struct weir_strategy_view *view,
                                                       struct weir_subscribers *out);
void weir_subscribers_fini(struct weir_subscribers *subscribers);

/* Ascending; the count may be 0. Borrowed until fini. */
static inline const uint32_t *weir_subscribers_of(const struct weir_subscribers *subscribers,
                                                  size_t topic, size_t *count)
{
    *count = subscribers->first[topic + 1] - subscribers->first[topic];
    return subscribers->members + subscribers->first[topic];
}

/* Does the member subscribe to the topic? */
bool weir_subscribers_has(const struct weir_strategy_member *member, uint32_t topic);

#endif /* WEIR_STRATEGIES_SUBSCRIBERS_H */
