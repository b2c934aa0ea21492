/* Which orders were given, acknowledged and handled, and how often? */
#ifndef WEIR_TOOLS_DEMO_ORDERS_H
#define WEIR_TOOLS_DEMO_ORDERS_H

#include "tools/demo_plan.h"
#include <stddef.h>
#include <weir/status.h>

/* Thread: one at a time. */
struct demo_order {
    int64_t produced_ns;
    int64_t handled_ns; /* the first time; 0: never */
    int64_t offset;     /* -1: not known yet */
    int32_t partition;
    uint32_t times; /* handled */
    bool acked;     /* the cluster said that it has it */
    bool held_up;   /* its partition paused, or had a backlog from a pause, before it was handled */
};

/* Why an order was handled again. */
enum demo_repeat {
    DEMO_REPEAT_CRASH,   /* its owner was killed before it could commit */
    DEMO_REPEAT_REFUSED, /* the cluster refused the commit because of a rebalance */
    DEMO_REPEAT_LOST,    /* its owner's session was over before it could commit */
    DEMO_REPEAT_NO_REASON,
    DEMO_REPEATS
};

struct demo_orders {
    struct demo_order *list; /* by sequence number */
    size_t count;
    size_t capacity;
    uint64_t acked;
    uint64_t not_acked; /* the cluster said no, or nothing; may be in the log all the same */
    uint64_t handled;   /* different ones */
    uint64_t repeats[DEMO_REPEATS];
    uint64_t misordered;
    int64_t odd_seq;                /* the first that was repeated for no reason, -1: none */
    int64_t newest[DEMO_CUSTOMERS]; /* offset of the customer's last handled order, -1: none */
};

WEIR_MUST_CHECK enum weir_status demo_orders_init(struct demo_orders *orders, size_t capacity);
void demo_orders_fini(struct demo_orders *orders);

/* The sequence number of a new order, or -1 when the book is full. */
int64_t demo_orders_open(struct demo_orders *orders, int64_t now_ns);
/* The delivery report. `offset` -1: not acknowledged. */
void demo_orders_report(struct demo_orders *orders, int64_t seq, int32_t partition, int64_t offset);

/* A handler finished the record. */
struct demo_completion {
    int64_t seq;
    int64_t offset;
    int64_t now_ns;
    int32_t partition;
    uint32_t customer;
    bool replayed; /* below what the partition's last owner finished */
    bool held_up;
    enum demo_repeat reason; /* of the replay */
};
void demo_orders_complete(struct demo_orders *orders, const struct demo_completion *completion);

#endif /* WEIR_TOOLS_DEMO_ORDERS_H */
