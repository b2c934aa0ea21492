/* What travels from a fetcher to a worker and back? */
#ifndef WEIR_FRAMEWORK_TASK_H
#define WEIR_FRAMEWORK_TASK_H

#include "framework/base/mailbox.h"
#include "framework/partition.h"
#include <stdbool.h>
#include <stdint.h>
#include <weir/status.h>

struct weir_slot;

/* One batch, and what the same worker is to run behind it. Owned by the fetcher until it is
 * submitted, by the pool and one worker until it is posted home, then by the fetcher again. */
struct weir_task {
    struct weir_letter letter; /* first: the way home */
    struct weir_task *next;    /* in the pool's queue, or in the fetcher's list of free ones */
    struct weir_task *behind;  /* to be begun when this one is done as a whole; NULL: none */
    struct weir_slot *slot;
    uint64_t id; /* pairs the events of its start and end */
    weir_time cut_at;
    uint32_t count;
    weir_time begun; /* by a worker, if a handler had it */
    weir_time took;  /* in the handler; measured in ordered modes only (pace.h), otherwise 0 */
    uint32_t size_class;
    bool leads;   /* it is behind none, and counts for what may be out */
    bool handled; /* a handler had it: the messages of what is done are destroyed */
    struct weir_entry entries[];
};

/* Free tasks by capacity, a power of two each, so that a batch costs no allocation in steady state.
 * Thread: the fetcher. Bounded by the tasks a fetcher may have out. */
enum { WEIR_TASK_CLASSES = 15 };
struct weir_task_stock {
    struct weir_task *free[WEIR_TASK_CLASSES];
};

/* NULL when out of memory. Room for `count` entries at least. */
struct weir_task *weir_task_take(struct weir_task_stock *stock, uint32_t count);
void weir_task_give(struct weir_task_stock *stock, struct weir_task *task);
void weir_task_stock_fini(struct weir_task_stock *stock);

/* In ordered modes everything behind the first failure of a batch goes again; so does, if the
 * policy is to hold, what is behind the first that is rejected. Called by the worker, before it
 * frees the messages of what is done. */
void weir_entries_keep_order(struct weir_entry *entries, uint32_t count, enum weir_order order,
                             enum weir_failure_policy policy);
/* Does this verdict of a handler keep back what is behind it? */
bool weir_verdict_keeps_back(enum weir_verdict verdict, enum weir_order order,
                             enum weir_failure_policy policy);

#endif /* WEIR_FRAMEWORK_TASK_H */
