/* What do the rounds of a measurement say together? */
#ifndef WEIR_TOOLS_BENCH_FIGURES_H
#define WEIR_TOOLS_BENCH_FIGURES_H

#include "tools/bench_run.h"

struct weir_bench_spread {
    double median;
    double low;
    double high;
};

/* One figure of a contender. */
struct weir_bench_figure {
    const char *name;  /* in JSON */
    const char *title; /* of its column */
    double scale;      /* in the table */
    int digits;
    /* `bare` is the sample of the same round, the contender's own when nothing is beside it. */
    double (*of)(const struct weir_bench_sample *sample, const struct weir_bench_sample *bare,
                 double ideal);
};

/* The figures that answer this plan's question. */
const struct weir_bench_figure *weir_bench_figures(const struct weir_bench_plan *plan,
                                                   size_t *count);

struct weir_bench_spread weir_bench_spread(const struct weir_bench_figure *figure,
                                           const struct weir_bench_plan *plan,
                                           const struct weir_bench_result *result,
                                           const struct weir_bench_contender *contender);

/* Records a second when as many handlers as may be are always at work: no more than workers; in the
 * order `partition` the fullest partition's records come one after the other, in the order `key`
 * the most frequent key's. 0 without --handler-ms. */
double weir_bench_ideal(const struct weir_bench_plan *plan, const struct weir_bench_result *result,
                        const char *order);

#endif /* WEIR_TOOLS_BENCH_FIGURES_H */
