/* How is a measurement shown? */
#ifndef WEIR_TOOLS_BENCH_TABLE_H
#define WEIR_TOOLS_BENCH_TABLE_H

#include "tools/bench_run.h"

/* On standard output: medians with the lowest and the highest round. False: it could not be
 * written. */
bool weir_bench_print_table(const struct weir_bench_plan *plan,
                            const struct weir_bench_result *result);
bool weir_bench_print_json(const struct weir_bench_plan *plan,
                           const struct weir_bench_result *result);

#endif /* WEIR_TOOLS_BENCH_TABLE_H */
