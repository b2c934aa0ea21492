#include "framework/base/permits.h"

#include <assert.h>

/* Everything is sequentially consistent: with a limit speed is no concern, and the question whether
 * all is used up compares several numbers. */

void weir_permits_init(struct weir_permits *permits, uint64_t limit)
{
    assert(limit <= INT64_MAX);
    permits->limited = limit > 0;
    atomic_init(&permits->left, (int_fast64_t)limit);
    atomic_init(&permits->in_use, 0);
    atomic_init(&permits->takes, 0);
}

bool weir_permits_take(struct weir_permits *permits)
{
    /* Raised first, so that nobody finds both at 0 while a record is on its way in. */
    atomic_fetch_add(&permits->in_use, 1);
    atomic_fetch_add(&permits->takes, 1);
    int_fast64_t left = atomic_load(&permits->left);

    while (left > 0) {
        if (atomic_compare_exchange_weak(&permits->left, &left, left - 1)) {
            return true;
        }
    }
    atomic_fetch_sub(&permits->in_use, 1);
    return false;
}

void weir_permits_give(struct weir_permits *permits, uint64_t finished, uint64_t unused)
{
    atomic_fetch_add(&permits->left, (int_fast64_t)unused);
    int_fast64_t before = atomic_fetch_sub(&permits->in_use, (int_fast64_t)(finished + unused));
    assert(before >= (int_fast64_t)(finished + unused));
    (void)before;
}

/* While nobody takes, nothing in use stays so, and then what is left is final: it was given back
 * before. Whoever takes meanwhile will ask again. */
bool weir_permits_are_used_up(const struct weir_permits *permits)
{
    uint_fast64_t takes = atomic_load(&permits->takes);

    return permits->limited && atomic_load(&permits->in_use) == 0 &&
           atomic_load(&permits->left) <= 0 && atomic_load(&permits->takes) == takes;
}
