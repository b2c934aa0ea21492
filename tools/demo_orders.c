#include "tools/demo_orders.h"

#include <assert.h>
#include <stdlib.h>

enum weir_status demo_orders_init(struct demo_orders *orders, size_t capacity)
{
    assert(capacity > 0);
    *orders = (struct demo_orders){.capacity = capacity, .odd_seq = -1};
    orders->list = calloc(capacity, sizeof orders->list[0]);
    for (size_t i = 0; i < DEMO_CUSTOMERS; i++) {
        orders->newest[i] = -1;
    }
    return orders->list != NULL ? WEIR_OK : WEIR_ERR_NOMEM;
}

void demo_orders_fini(struct demo_orders *orders)
{
    free(orders->list);
    orders->list = NULL;
}

int64_t demo_orders_open(struct demo_orders *orders, int64_t now_ns)
{
    if (orders->count == orders->capacity) {
        return -1;
    }
    orders->list[orders->count] =
        (struct demo_order){.produced_ns = now_ns, .offset = -1, .partition = -1};
    return (int64_t)orders->count++;
}

void demo_orders_report(struct demo_orders *orders, int64_t seq, int32_t partition, int64_t offset)
{
    assert(seq >= 0 && (size_t)seq < orders->count);
    struct demo_order *order = &orders->list[seq];

    if (offset < 0) {
        orders->not_acked++;
        return;
    }
    order->partition = partition;
    order->offset = offset;
    order->acked = true;
    orders->acked++;
}

static void count_repeat(struct demo_orders *orders, const struct demo_completion *completion)
{
    enum demo_repeat reason = completion->replayed ? completion->reason : DEMO_REPEAT_NO_REASON;

    orders->repeats[reason]++;
    if (reason == DEMO_REPEAT_NO_REASON && orders->odd_seq < 0) {
        orders->odd_seq = completion->seq;
    }
}

/* Orders of a customer are one key, so they share a partition and their offsets can be compared. */
static void check_sequence(struct demo_orders *orders, const struct demo_completion *completion)
{
    int64_t *newest = &orders->newest[completion->customer % DEMO_CUSTOMERS];

    if (completion->offset <= *newest && !completion->replayed) {
        orders->misordered++;
    }
    *newest = completion->offset;
}

void demo_orders_complete(struct demo_orders *orders, const struct demo_completion *completion)
{
    if (completion->seq < 0 || (size_t)completion->seq >= orders->count) {
        orders->misordered++; /* an order nobody gave */
        return;
    }
    struct demo_order *order = &orders->list[completion->seq];
    order->times++;
    order->partition = completion->partition;
    order->offset = completion->offset;
    if (order->times == 1) {
        orders->handled++;
        order->handled_ns = completion->now_ns;
        order->held_up = completion->held_up;
    } else {
        count_repeat(orders, completion);
    }
    check_sequence(orders, completion);
}
