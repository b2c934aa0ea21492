/* What is a measurement to find out? */
#ifndef WEIR_TOOLS_BENCH_PLAN_H
#define WEIR_TOOLS_BENCH_PLAN_H

#include "tools/options.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    WEIR_BENCH_ORDERS = 3,
    WEIR_BENCH_VALUES_MAX = 16,
    WEIR_BENCH_BARE_MAX = 32,
    WEIR_BENCH_ROUNDS_MAX = 100,
    WEIR_BENCH_MEMBERS_MAX = 64
};

struct weir_bench_plan {
    struct weir_cli_config cli;
    int64_t records;
    int64_t rounds; /* that count; one more warms up */
    int64_t partitions;
    int64_t busy;     /* partitions that hold records */
    int64_t replicas; /* 0: the brokers' default */
    int64_t keys;
    int64_t value_size;
    int64_t members;   /* of one consumer group; 0: one process, partitions without a group */
    int64_t workers;   /* 0: what the configuration says */
    int64_t delays;    /* records sent a second while they are consumed; 0: consume what is there */
    double handler_ms; /* for each record; 0: none, and the bare loop is measured beside weir */
    double zipf;       /* 0: every key as often as the others */
    const char *orders[WEIR_BENCH_ORDERS];
    size_t order_count;
    const char *sweep_key; /* NULL: nothing is varied */
    const char *values[WEIR_BENCH_VALUES_MAX];
    size_t value_count;
    const char *bare[WEIR_BENCH_BARE_MAX]; /* KEY=VALUE for the bare loop */
    size_t bare_count;
    bool json;
    bool help;
};

/* Reads the command line; what is wrong is said on standard error. Borrows from argv and changes
 * the texts of --order and --sweep in place. */
bool weir_bench_plan_parse(struct weir_bench_plan *plan, int argc, char **argv);
void weir_bench_plan_usage(void);

#endif /* WEIR_TOOLS_BENCH_PLAN_H */
