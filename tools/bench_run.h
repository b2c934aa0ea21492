/* Who is measured, and what came of it? */
#ifndef WEIR_TOOLS_BENCH_RUN_H
#define WEIR_TOOLS_BENCH_RUN_H

#include "tools/bench_plan.h"

struct json_t; /* of jansson */

enum {
    WEIR_BENCH_NAME_SIZE = 96,
    WEIR_BENCH_CONTENDERS_MAX = 1 + WEIR_BENCH_ORDERS * WEIR_BENCH_VALUES_MAX
};

/* Of one run. */
struct weir_bench_sample {
    double rate;    /* records a second */
    double cpu_us;  /* user and system, for each record, of all threads of all members */
    double rss_mib; /* the highest, of the largest member */
    double p50_us;  /* from sending to handling; with delays only */
    double p99_us;
};

struct weir_bench_contender {
    char name[WEIR_BENCH_NAME_SIZE];
    const char *order; /* NULL: the bare loop */
    const char *value; /* of the sweep */
    struct weir_bench_sample samples[WEIR_BENCH_ROUNDS_MAX];
    struct json_t *raw; /* what its processes said, a list for each round */
};

struct weir_bench_result {
    struct weir_bench_contender contenders[WEIR_BENCH_CONTENDERS_MAX];
    size_t count;
    int64_t hottest; /* records of the most frequent key */
    int64_t fullest; /* records of the fullest partition */
    double seconds;  /* the whole took */
};

/* Fills a topic, measures, deletes it. Says on standard error how far it is and what is wrong.
 * WEIR_EXIT_OK, or the exit code. */
int weir_bench_run(const struct weir_bench_plan *plan, struct weir_bench_result *result);
void weir_bench_result_fini(struct weir_bench_result *result);

#endif /* WEIR_TOOLS_BENCH_RUN_H */
