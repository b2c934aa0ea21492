#include "framework/base/budget.h"

#include <assert.h>

void weir_budget_init(struct weir_budget *budget, uint64_t limit)
{
    assert(limit > 0);
    budget->limit = limit;
    budget->users = 0;
    atomic_init(&budget->used, 0);
}

uint32_t weir_budget_join(struct weir_budget *budget, weir_wake_fn *wake, void *user)
{
    assert(budget->users < WEIR_BUDGET_USERS_MAX);
    uint32_t index = budget->users++;
    atomic_init(&budget->user[index].waits, false);
    budget->user[index].wake = wake;
    budget->user[index].user = user;
    return index;
}

static uint64_t room(const struct weir_budget *budget)
{
    uint64_t used = atomic_load(&budget->used);
    return used < budget->limit ? budget->limit - used : 0;
}

uint64_t weir_budget_room(struct weir_budget *budget, uint32_t user)
{
    assert(user < budget->users);
    uint64_t free_bytes = room(budget);
    if (free_bytes == 0) {
        /* Sequentially consistent: either we see what a giver gave, or it sees that we wait. */
        atomic_store(&budget->user[user].waits, true);
        free_bytes = room(budget);
    }
    return free_bytes;
}

void weir_budget_take(struct weir_budget *budget, uint64_t bytes)
{
    atomic_fetch_add(&budget->used, bytes);
}

void weir_budget_give(struct weir_budget *budget, uint64_t bytes)
{
    uint64_t before = atomic_fetch_sub(&budget->used, bytes);

    assert(before >= bytes);
    (void)before;
    for (uint32_t i = 0; i < budget->users; i++) {
        if (atomic_load(&budget->user[i].waits) && atomic_exchange(&budget->user[i].waits, false)) {
            budget->user[i].wake(budget->user[i].user);
        }
    }
}
