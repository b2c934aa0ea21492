/* When may a failed record be tried again? */
#ifndef WEIR_FRAMEWORK_RETRY_H
#define WEIR_FRAMEWORK_RETRY_H

#include "framework/base/clock.h"
#include "framework/base/random.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* Exponential backoff with "equal jitter": half of the step is certain, half is random, so that
 * records that failed together do not come back together and none comes back at once. */
struct weir_backoff {
    int64_t first_ms;
    int64_t max_ms;
};

/* Delay after the `failures`th failure (from 1): first, 2 first, 4 first, ... up to max, of which
 * the upper half is random. */
weir_time weir_backoff_delay(const struct weir_backoff *backoff, uint32_t failures,
                             struct weir_random *random);

struct weir_retry_entry {
    weir_time due;
    uint64_t seq;
};

/* A binary heap of records by due time. Thread: the partition's fetcher. Memory: fixed at init. */
struct weir_retry {
    struct weir_retry_entry *entries;
    uint32_t capacity;
    uint32_t count;
};

WEIR_MUST_CHECK enum weir_status weir_retry_init(struct weir_retry *retry, uint32_t capacity);
/* Accepts zeroed memory. */
void weir_retry_fini(struct weir_retry *retry);

/* There must be room. */
void weir_retry_push(struct weir_retry *retry, uint64_t seq, weir_time due);
/* Takes the entry that is due first, if it is due now. Equal times: lowest seq first. */
bool weir_retry_pop(struct weir_retry *retry, weir_time now, uint64_t *seq);
/* WEIR_TIME_NEVER when nothing waits. */
weir_time weir_retry_due(const struct weir_retry *retry);

#endif /* WEIR_FRAMEWORK_RETRY_H */
