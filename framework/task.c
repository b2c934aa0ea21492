#include "framework/task.h"

#include "framework/base/memory.h"
#include <assert.h>
#include <stddef.h>

static uint32_t size_class(uint32_t count)
{
    uint32_t index = 0;

    while ((UINT32_C(1) << index) < count) {
        index++;
    }
    assert(index < WEIR_TASK_CLASSES);
    return index;
}

struct weir_task *weir_task_take(struct weir_task_stock *stock, uint32_t count)
{
    assert(count > 0);
    uint32_t index = size_class(count);
    struct weir_task *task = stock->free[index];

    if (task != NULL) {
        stock->free[index] = task->next;
    } else {
        task = weir_malloc(sizeof *task + ((size_t)1 << index) * sizeof task->entries[0]);
        if (task == NULL) {
            return NULL;
        }
    }
    task->letter = (struct weir_letter){0};
    task->next = NULL;
    task->behind = NULL;
    task->handled = false;
    task->took = 0;
    task->size_class = index;
    return task;
}

void weir_task_give(struct weir_task_stock *stock, struct weir_task *task)
{
    assert(!task->letter.queued);
    task->next = stock->free[task->size_class];
    stock->free[task->size_class] = task;
}

void weir_task_stock_fini(struct weir_task_stock *stock)
{
    for (uint32_t index = 0; index < WEIR_TASK_CLASSES; index++) {
        while (stock->free[index] != NULL) {
            struct weir_task *task = stock->free[index];
            stock->free[index] = task->next;
            weir_free(task);
        }
    }
}

bool weir_verdict_keeps_back(enum weir_verdict verdict, enum weir_order order,
                             enum weir_failure_policy policy)
{
    return order != WEIR_ORDER_NONE &&
           (verdict == WEIR_VERDICT_RETRY ||
            (verdict == WEIR_VERDICT_REJECT && policy == WEIR_FAILURE_HOLD));
}

void weir_entries_keep_order(struct weir_entry *entries, uint32_t count, enum weir_order order,
                             enum weir_failure_policy policy)
{
    bool failed = false;

    for (uint32_t i = 0; i < count; i++) {
        if (failed) {
            entries[i].verdict = WEIR_VERDICT_AGAIN;
        }
        failed = failed || weir_verdict_keeps_back(entries[i].verdict, order, policy);
    }
}
