/* How many records may a consumer still begin, when it was told to stop after N? */
#ifndef WEIR_BASE_PERMITS_H
#define WEIR_BASE_PERMITS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Exact over all threads: N records begin, unless some come back unused. Thread: any. */
struct weir_permits {
    bool limited;               /* fixed */
    atomic_int_fast64_t left;   /* may still begin */
    atomic_int_fast64_t in_use; /* began and are not finished */
    atomic_uint_fast64_t takes; /* tries so far */
};

/* 0: no limit. */
void weir_permits_init(struct weir_permits *permits, uint64_t limit);
/* One record begins. False: no permit is left. Only with a limit. */
bool weir_permits_take(struct weir_permits *permits);
/* `finished` records are done, `unused` ones began here and go to somebody else. */
void weir_permits_give(struct weir_permits *permits, uint64_t finished, uint64_t unused);
/* Nothing may begin and nothing is unfinished. Never without a limit. False while somebody takes:
 * whoever gave or took asks afterwards. */
bool weir_permits_are_used_up(const struct weir_permits *permits);

#endif /* WEIR_BASE_PERMITS_H */
