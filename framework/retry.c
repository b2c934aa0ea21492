#include "framework/retry.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>

weir_time weir_backoff_delay(const struct weir_backoff *backoff, uint32_t failures,
                             struct weir_random *random)
{
    assert(failures > 0);
    assert(backoff->first_ms >= 0);
    int64_t step_ms = backoff->first_ms;

    for (uint32_t i = 1; i < failures && step_ms < backoff->max_ms; i++) {
        step_ms *= 2;
    }
    if (step_ms > backoff->max_ms) {
        step_ms = backoff->max_ms;
    }
    int64_t half_ns = step_ms * WEIR_NS_PER_MS / 2;
    return half_ns + (weir_time)weir_random_below(random, (uint64_t)half_ns + 1);
}

enum weir_status weir_retry_init(struct weir_retry *retry, uint32_t capacity)
{
    assert(capacity > 0);
    *retry = (struct weir_retry){.capacity = capacity};
    retry->entries = weir_malloc((size_t)capacity * sizeof retry->entries[0]);
    return retry->entries == NULL ? WEIR_ERR_NOMEM : WEIR_OK;
}

void weir_retry_fini(struct weir_retry *retry)
{
    weir_free(retry->entries);
    *retry = (struct weir_retry){0};
}

static bool earlier(const struct weir_retry_entry *a, const struct weir_retry_entry *b)
{
    return a->due < b->due || (a->due == b->due && a->seq < b->seq);
}

static void swap(struct weir_retry_entry *a, struct weir_retry_entry *b)
{
    struct weir_retry_entry kept = *a;
    *a = *b;
    *b = kept;
}

void weir_retry_push(struct weir_retry *retry, uint64_t seq, weir_time due)
{
    assert(retry->count < retry->capacity);
    uint32_t at = retry->count++;

    retry->entries[at] = (struct weir_retry_entry){.due = due, .seq = seq};
    while (at > 0) {
        uint32_t parent = (at - 1) / 2;
        if (!earlier(&retry->entries[at], &retry->entries[parent])) {
            return;
        }
        swap(&retry->entries[at], &retry->entries[parent]);
        at = parent;
    }
}

static void sift_down(struct weir_retry *retry)
{
    uint32_t at = 0;

    for (;;) {
        uint32_t least = at;
        uint32_t left = 2 * at + 1;
        for (uint32_t child = left; child < left + 2 && child < retry->count; child++) {
            if (earlier(&retry->entries[child], &retry->entries[least])) {
                least = child;
            }
        }
        if (least == at) {
            return;
        }
        swap(&retry->entries[at], &retry->entries[least]);
        at = least;
    }
}

bool weir_retry_pop(struct weir_retry *retry, weir_time now, uint64_t *seq)
{
    if (retry->count == 0 || retry->entries[0].due > now) {
        return false;
    }
    *seq = retry->entries[0].seq;
    retry->entries[0] = retry->entries[--retry->count];
    sift_down(retry);
    return true;
}

weir_time weir_retry_due(const struct weir_retry *retry)
{
    return retry->count == 0 ? WEIR_TIME_NEVER : retry->entries[0].due;
}
