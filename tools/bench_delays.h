/* How long did records take from their producer to a handler? */
#ifndef WEIR_TOOLS_BENCH_DELAYS_H
#define WEIR_TOOLS_BENCH_DELAYS_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* `weir bench fill --rate` writes its clock into the first bytes of each value; both programs run
 * on one machine and read the same monotonic clock. */
static inline int64_t delays_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* In the order in which they came. Thread: the caller keeps two from adding at once. */
struct delays {
    int64_t *ns; /* NULL: nobody asked */
    size_t room;
    size_t count;
};

static inline int delays_init(struct delays *delays, size_t room)
{
    *delays = (struct delays){.ns = calloc(room, sizeof(int64_t)), .room = room};
    return delays->ns != NULL;
}

static inline void delays_fini(struct delays *delays)
{
    free(delays->ns);
}

static inline void delays_add(struct delays *delays, const void *value, size_t size, int64_t now_ns)
{
    int64_t sent_ns = 0;

    if (size < sizeof sent_ns || delays->count == delays->room) {
        return;
    }
    memcpy(&sent_ns, value, sizeof sent_ns);
    delays->ns[delays->count++] = now_ns - sent_ns;
}

static inline int delays_compare(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one;
    int64_t b = *(const int64_t *)other;

    return a < b ? -1 : a > b ? 1 : 0;
}

/* As members of a JSON object that others began. The first tenth is start-up and does not count. */
static inline void delays_print(struct delays *delays)
{
    size_t skip = delays->count / 10;
    int64_t *kept = delays->ns + skip;
    size_t count = delays->count - skip;
    size_t middle = count / 2;
    size_t nearly_all = count * 99 / 100;

    if (count == 0) {
        return;
    }
    qsort(kept, count, sizeof kept[0], delays_compare);
    (void)printf(", \"delays\": %zu, \"p50_us\": %.1f, \"p99_us\": %.1f, \"max_us\": %.1f", count,
                 (double)kept[middle] / 1000, (double)kept[nearly_all] / 1000,
                 (double)kept[count - 1] / 1000);
}

#endif /* WEIR_TOOLS_BENCH_DELAYS_H */
