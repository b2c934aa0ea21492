/* How many bytes may all partitions of a consumer hold together? */
#ifndef WEIR_BASE_BUDGET_H
#define WEIR_BASE_BUDGET_H

#include "framework/base/mailbox.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { WEIR_BUDGET_USERS_MAX = 64 };

/* One user is one fetcher: whoever found the budget spent is woken when some of it is given back.
 * Thread: any. */
struct weir_budget {
    uint64_t limit;
    atomic_uint_fast64_t used;
    uint32_t users;
    struct {
        atomic_bool waits;
        weir_wake_fn *wake;
        void *user;
    } user[WEIR_BUDGET_USERS_MAX];
};

void weir_budget_init(struct weir_budget *budget, uint64_t limit);
/* Before any take; `wake` must only signal. Returns the number to pass to room. */
uint32_t weir_budget_join(struct weir_budget *budget, weir_wake_fn *wake, void *user);

/* Bytes free; when none are, `user` will be woken after the next give. */
uint64_t weir_budget_room(struct weir_budget *budget, uint32_t user);
/* What was taken is counted even past the limit: the bytes are in memory already, and their size is
 * known only then. */
void weir_budget_take(struct weir_budget *budget, uint64_t bytes);
void weir_budget_give(struct weir_budget *budget, uint64_t bytes);

#endif /* WEIR_BASE_BUDGET_H */
