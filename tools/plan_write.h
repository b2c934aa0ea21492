/* How is an assignment shown to people and programs? */
#ifndef WEIR_TOOLS_PLAN_WRITE_H
#define WEIR_TOOLS_PLAN_WRITE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <weir/plan.h>

/* A view and what a strategy answered. Borrows all. */
struct plan_answer {
    const char *strategy; /* its name */
    const struct weir_view *view;
    const struct weir_strategy_view *group; /* the same, finished */
    const uint32_t *owners;
};

/* False without memory; a stream that fails is the caller's to notice. */
typedef bool plan_write_fn(FILE *stream, const struct plan_answer *answer);

/* A line for each member and topic, with ranges of partitions; * stands before those that move. */
plan_write_fn plan_write_table;
/* {"assignment":{"m1":{"t1":[0,1]}},"moves":0} and a newline. */
plan_write_fn plan_write_json;

#endif /* WEIR_TOOLS_PLAN_WRITE_H */
