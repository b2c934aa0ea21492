/* Which records of a partition are here, waiting for room in the window? */
#ifndef WEIR_FRAMEWORK_RESERVOIR_H
#define WEIR_FRAMEWORK_RESERVOIR_H

#include "framework/base/clock.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

/* A record as the engine sees it: what it weighs and where it goes, not what it says. `message` is
 * the source's, opaque here. */
struct weir_item {
    void *message;
    int64_t offset;
    weir_time arrived; /* when it was taken from the source */
    uint32_t bytes;    /* key, value and what it costs to keep them */
    uint32_t hash;     /* of the key; meaningful when keyed */
    bool keyed;
};

/* A ring in offset order. Thread: the partition's fetcher. Memory: the ring, fixed at init. */
struct weir_reservoir {
    struct weir_item *items;
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
};

WEIR_MUST_CHECK enum weir_status weir_reservoir_init(struct weir_reservoir *reservoir,
                                                     uint32_t capacity);
/* Must be empty. Accepts zeroed memory. */
void weir_reservoir_fini(struct weir_reservoir *reservoir);

uint32_t weir_reservoir_room(const struct weir_reservoir *reservoir);
/* There must be room. */
void weir_reservoir_push(struct weir_reservoir *reservoir, const struct weir_item *item);
/* The oldest, NULL when empty; borrowed until the next push or pop. */
const struct weir_item *weir_reservoir_peek(const struct weir_reservoir *reservoir);
/* The newest; must not be empty. */
const struct weir_item *weir_reservoir_last(const struct weir_reservoir *reservoir);
/* Must not be empty. */
void weir_reservoir_pop(struct weir_reservoir *reservoir);

#endif /* WEIR_FRAMEWORK_RESERVOIR_H */
